/* What do the two ends see when both end their sides, one after the other? */
#include "check.h"

int main(void) {
    struct ends ends = tcp_ends();
    int all = POLLIN | POLLOUT | POLLRDHUP;
    char byte;
    events("client, open", ready(ends.client, all));
    must(shutdown(ends.client, SHUT_WR) == 0);
    events("client, own end", ready(ends.client, all));
    events("server, the other's end", wait_for_all(ends.server, all));
    must(read(ends.server, &byte, 1) == 0);
    must(shutdown(ends.server, SHUT_WR) == 0);
    events("client, both ends", wait_for_all(ends.client, all));
    events("server, both ends", wait_for_all(ends.server, POLLHUP | POLLIN | POLLOUT | POLLRDHUP));
    result("client recv", (long)recv(ends.client, &byte, 1, 0));
    result("client send", (long)send(ends.client, "x", 1, MSG_NOSIGNAL));
    result("server send", (long)send(ends.server, "x", 1, MSG_NOSIGNAL));
    say("SO_ERROR", "%s", errno_name(so_error(ends.client)));
    return 0;
}
