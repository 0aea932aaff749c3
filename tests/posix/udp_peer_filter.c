/* Does a connected UDP socket hear anybody but its peer? */
#include "check.h"

int main(void) {
    int peer = bound(SOCK_DGRAM), stranger = bound(SOCK_DGRAM), fd = socket(AF_INET, SOCK_DGRAM, 0);
    /* A port that was asked for by its number stays when the peer goes. */
    int found = bound(SOCK_DGRAM);
    struct sockaddr_in to = loopback(port_of(found));
    close(found);
    must(bind(fd, SA(to), sizeof to) == 0);
    must(connect_to(fd, port_of(peer)) == 0);
    must(sendto(stranger, "stranger", 8, 0, SA(to), sizeof to) == 8);
    must(sendto(peer, "peer", 4, 0, SA(to), sizeof to) == 4);
    char text[16] = "";
    must(wait_for(fd, POLLIN) & POLLIN);
    result("recv", (long)recv(fd, text, sizeof text, 0));
    say("text", "%s", text);
    result("recv again", (long)recv(fd, text, sizeof text, MSG_DONTWAIT));
    struct sockaddr none;
    memset(&none, 0, sizeof none);
    must(connect(fd, &none, sizeof none) == 0);
    must(sendto(stranger, "stranger", 8, 0, SA(to), sizeof to) == 8);
    must(wait_for(fd, POLLIN) & POLLIN);
    result("disconnected", (long)recv(fd, text, sizeof text, 0));
    return 0;
}
