/* Does shutdown on one descriptor end what its duplicate can do? */
#include "check.h"

int main(void) {
    struct ends ends = tcp_ends();
    int other = dup(ends.client);
    result("shutdown", shutdown(other, SHUT_WR));
    result("send", (long)send(ends.client, "x", 1, MSG_NOSIGNAL));
    char byte;
    result("the peer reads", (long)read(ends.server, &byte, 1));
    return 0;
}
