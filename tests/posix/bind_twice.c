/* Can a socket be bound a second time? */
#include "check.h"

int main(void) {
    for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
        int fd = bound(type);
        int port = port_of(fd);
        struct sockaddr_in again = loopback(0);
        result("bind again", bind(fd, SA(again), sizeof again));
        say("the port stays", "%s", YES_NO(port_of(fd) == port));
        close(fd);
    }
    return 0;
}
