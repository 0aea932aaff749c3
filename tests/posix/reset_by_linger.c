/* What does the peer see of a close with SO_LINGER 0? */
#include "check.h"

int main(void) {
    struct ends ends = tcp_ends();
    struct linger now = {1, 0};
    char byte;
    must(setsockopt(ends.client, SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0);
    result("close", close(ends.client));
    wait_for_all(ends.server, POLLHUP | POLLIN);
    events("poll", ready(ends.server, POLLIN | POLLOUT | POLLRDHUP));
    result("read", (long)read(ends.server, &byte, 1));
    result("read again", (long)read(ends.server, &byte, 1));
    result("send", (long)send(ends.server, "x", 1, MSG_NOSIGNAL));
    say("SO_ERROR", "%s", errno_name(so_error(ends.server)));
    events("poll", ready(ends.server, POLLIN | POLLOUT | POLLRDHUP));
    return 0;
}
