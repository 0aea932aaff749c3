/* Is a UDP socket that is not connected told that nobody is at a port? */
#include "check.h"

int main(void) {
    int gone = bound(SOCK_DGRAM), fd = bound(SOCK_DGRAM), other = bound(SOCK_DGRAM);
    struct sockaddr_in dead = loopback(port_of(gone)), alive = loopback(port_of(other)), self = loopback(port_of(fd));
    close(gone);
    result("sendto nobody", (long)sendto(fd, "x", 1, 0, SA(dead), sizeof dead));
    result("sendto somebody", (long)sendto(fd, "y", 1, 0, SA(alive), sizeof alive));
    must(wait_for(other, POLLIN) & POLLIN);
    must(sendto(other, "z", 1, 0, SA(self), sizeof self) == 1);
    events("poll", wait_for(fd, POLLIN));
    char byte = '?';
    result("recv", (long)recv(fd, &byte, 1, 0));
    say("byte", "%c", byte);
    say("SO_ERROR", "%s", errno_name(so_error(fd)));
    return 0;
}
