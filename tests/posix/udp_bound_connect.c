/* Does a UDP socket that is bound and then connected keep its port, and what came before? */
#include "check.h"

int main(void) {
    int fd = bound(SOCK_DGRAM), peer = bound(SOCK_DGRAM), early = bound(SOCK_DGRAM);
    int port = port_of(fd);
    struct sockaddr_in to = loopback(port);
    must(sendto(early, "early", 5, 0, SA(to), sizeof to) == 5);
    must(wait_for(fd, POLLIN) & POLLIN);
    result("connect", connect_to(fd, port_of(peer)));
    say("the port stays", "%s", YES_NO(port_of(fd) == port));
    struct sockaddr_storage local = local_of(fd);
    say("local", "%s", host_in(&local));
    char text[16] = "";
    result("what came before", (long)recv(fd, text, sizeof text, MSG_DONTWAIT));
    write_text(fd, "hello");
    struct sockaddr_storage from;
    socklen_t length = sizeof from;
    must(wait_for(peer, POLLIN) & POLLIN);
    recvfrom(peer, text, sizeof text, 0, SA(from), &length);
    say("it comes from that port", "%s", YES_NO(port_in(&from) == port));
    return 0;
}
