/* Is a datagram to the broadcast address refused without SO_BROADCAST? */
#include "data.h"

int main(void) {
    int fd = bound(SOCK_DGRAM), on = 0;
    socklen_t length = sizeof on;
    struct sockaddr_in address = loopback(9);
    address.sin_addr.s_addr = htonl(INADDR_BROADCAST);
    result("sendto", sendto(fd, "x", 1, 0, SA(address), sizeof address));
    result("connect", connect(fd, SA(address), sizeof address));
    must(getsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, &length) == 0);
    say("SO_BROADCAST", "%d", on);
    return 0;
}
