/* What is left of a connection after shutdown both ways? */
#include "check.h"

int main(void) {
    struct ends ends = tcp_ends();
    char byte;
    result("shutdown", shutdown(ends.client, SHUT_RDWR));
    events("poll", ready(ends.client, POLLIN | POLLOUT | POLLRDHUP));
    result("recv", (long)recv(ends.client, &byte, 1, 0));
    result("send", (long)send(ends.client, "x", 1, MSG_NOSIGNAL));
    result("the peer reads", (long)read(ends.server, &byte, 1));
    events("the peer's poll", ready(ends.server, POLLIN | POLLOUT | POLLRDHUP));
    result("shutdown again", shutdown(ends.client, SHUT_RDWR));
    result("close", close(ends.client));
    return 0;
}
