/* Does poll tell a reset that comes after the peer's end? */
#include "check.h"

int main(void) {
    struct ends ends = tcp_ends();
    char byte;
    close(ends.server);
    must(read(ends.client, &byte, 1) == 0);
    must(send(ends.client, "x", 1, MSG_NOSIGNAL) == 1);
    /* The peer has nobody to read it, and answers it with a reset. */
    events("poll", wait_for_all(ends.client, POLLHUP | POLLIN | POLLOUT | POLLRDHUP));
    say("SO_ERROR", "%s", errno_name(so_error(ends.client)));
    return 0;
}
