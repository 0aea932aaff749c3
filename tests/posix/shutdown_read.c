/* What do recv, poll and the peer see after shutdown for reading? */
#include "check.h"

int main(void) {
    struct ends ends = tcp_ends();
    char byte;
    result("shutdown", shutdown(ends.client, SHUT_RD));
    events("poll", ready(ends.client, POLLIN | POLLOUT | POLLRDHUP));
    result("recv", (long)recv(ends.client, &byte, 1, 0));
    result("send", (long)send(ends.client, "x", 1, MSG_NOSIGNAL));
    result("the peer reads", read_exactly(ends.server, &byte, 1));
    result("the peer writes", (long)send(ends.server, "y", 1, MSG_NOSIGNAL));
    events("the peer's poll", ready(ends.server, POLLIN | POLLOUT | POLLRDHUP));
    return 0;
}
