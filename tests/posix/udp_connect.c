/* What does connect do to a UDP socket? */
#include "check.h"

int main(void) {
    int other = bound(SOCK_DGRAM);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    result("connect", connect_to(fd, port_of(other)));
    struct sockaddr_storage local = local_of(fd), peer = peer_of(fd);
    say("local", "%s", host_in(&local));
    say("it has a port", "%s", YES_NO(port_in(&local) != 0));
    say("peer", "%s", host_in(&peer));
    say("peer's port", "%s", YES_NO(port_in(&peer) == port_of(other)));
    result("send", (long)send(fd, "hello", 5, 0));
    char text[16] = "";
    struct sockaddr_storage from;
    socklen_t length = sizeof from;
    must(wait_for(other, POLLIN) & POLLIN);
    result("recvfrom", (long)recvfrom(other, text, sizeof text, 0, SA(from), &length));
    say("from", "%s, the same port %s", host_in(&from), YES_NO(port_in(&from) == port_in(&local)));
    result("answer", (long)sendto(other, "you too", 7, 0, SA(from), length));
    must(wait_for(fd, POLLIN) & POLLIN);
    result("read", (long)read(fd, text, sizeof text));
    result("write", (long)write(fd, "bye", 3));
    return 0;
}
