/* What do writes say to a peer that has closed? */
#include "check.h"

int main(void) {
    struct ends ends = tcp_ends();
    char byte;
    close(ends.server);
    result("read", (long)read(ends.client, &byte, 1));
    events("poll", ready(ends.client, POLLIN | POLLOUT | POLLRDHUP));
    result("first send", (long)send(ends.client, "x", 1, MSG_NOSIGNAL));
    /* The peer answers it with a reset. */
    events("poll", wait_for_all(ends.client, POLLHUP | POLLIN | POLLOUT | POLLRDHUP));
    result("second send", (long)send(ends.client, "x", 1, MSG_NOSIGNAL));
    result("third send", (long)send(ends.client, "x", 1, MSG_NOSIGNAL));
    result("read", (long)read(ends.client, &byte, 1));
    return 0;
}
