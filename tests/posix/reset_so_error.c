/* Does SO_ERROR tell a reset, and take it from the calls that follow? */
#include "check.h"

int main(void) {
    struct linger now = {1, 0};
    char byte;
    struct ends ends = tcp_ends();
    must(setsockopt(ends.client, SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0);
    close(ends.client);
    must(wait_for(ends.server, POLLIN));
    say("SO_ERROR", "%s", errno_name(so_error(ends.server)));
    say("again", "%s", errno_name(so_error(ends.server)));
    result("read", (long)read(ends.server, &byte, 1));
    ends = tcp_ends();
    must(setsockopt(ends.client, SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0);
    close(ends.client);
    must(wait_for(ends.server, POLLIN));
    result("send first", (long)send(ends.server, "x", 1, MSG_NOSIGNAL));
    result("send again", (long)send(ends.server, "x", 1, MSG_NOSIGNAL));
    result("read", (long)read(ends.server, &byte, 1));
    return 0;
}
