/* Where do datagrams go after a UDP socket was connected elsewhere? */
#include "check.h"

int main(void) {
    int first = bound(SOCK_DGRAM), second = bound(SOCK_DGRAM);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    result("connect", connect_to(fd, port_of(first)));
    int port = port_of(fd);
    write_text(fd, "one");
    result("connect again", connect_to(fd, port_of(second)));
    say("the port stays", "%s", YES_NO(port_of(fd) == port));
    struct sockaddr_storage peer = peer_of(fd);
    say("the peer is the second", "%s", YES_NO(port_in(&peer) == port_of(second)));
    write_text(fd, "two");
    char text[8] = "";
    must(wait_for(first, POLLIN) & POLLIN);
    recv(first, text, sizeof text, 0);
    say("the first has", "%s", text);
    must(wait_for(second, POLLIN) & POLLIN);
    recv(second, text, sizeof text, 0);
    say("the second has", "%s", text);
    result("the first has more", (long)recv(first, text, sizeof text, MSG_DONTWAIT));
    return 0;
}
