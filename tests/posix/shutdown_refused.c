/* When does shutdown say no? */
#include "check.h"

int main(void) {
    result("new TCP", shutdown(socket(AF_INET, SOCK_STREAM, 0), SHUT_WR));
    result("bound TCP", shutdown(bound(SOCK_STREAM), SHUT_RDWR));
    struct ends ends = tcp_ends();
    result("how 3", shutdown(ends.client, 3));
    result("how -1", shutdown(ends.client, -1));
    int udp = bound(SOCK_DGRAM);
    result("UDP", shutdown(udp, SHUT_RDWR));
    must(connect_to(udp, 9) == 0);
    result("connected UDP", shutdown(udp, SHUT_WR));
    result("send on it", (long)send(udp, "x", 1, MSG_NOSIGNAL));
    /* Chromium may tell an early end for a reset, if there was not a byte before it. */
    char byte;
    must(write(ends.server, "x", 1) == 1 && read(ends.client, &byte, 1) == 1);
    close(ends.server);
    must(wait_for(ends.client, POLLIN) & POLLIN);
    result("after the peer's end, for reading", shutdown(ends.client, SHUT_RD));
    result("for writing", shutdown(ends.client, SHUT_WR));
    return 0;
}
