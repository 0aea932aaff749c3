/* How is a connected UDP socket told that nobody is at its peer's port? */
#include "check.h"

int main(void) {
    int gone = bound(SOCK_DGRAM);
    int port = port_of(gone);
    close(gone);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    must(connect_to(fd, port) == 0);
    result("send", (long)send(fd, "x", 1, 0));
    events("poll", wait_for_all(fd, POLLIN | POLLERR));
    char byte;
    result("recv", (long)recv(fd, &byte, 1, MSG_DONTWAIT));
    result("recv again", (long)recv(fd, &byte, 1, MSG_DONTWAIT));
    result("send", (long)send(fd, "x", 1, 0));
    wait_for(fd, POLLIN);
    say("SO_ERROR", "%s", errno_name(so_error(fd)));
    result("send", (long)send(fd, "x", 1, 0));
    wait_for(fd, POLLIN);
    result("send tells it", (long)send(fd, "x", 1, 0));
    return 0;
}
