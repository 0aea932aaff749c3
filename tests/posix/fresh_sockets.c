/* What do poll, recv and send say of sockets that nothing was done with? */
#include "check.h"

static void show(const char *what, int fd) {
    char byte = 'x';
    say("socket", "%s", what);
    events("poll", ready(fd, POLLIN | POLLOUT | POLLRDHUP));
    result("recv", (long)recv(fd, &byte, 1, MSG_DONTWAIT));
    result("send", (long)send(fd, &byte, 1, MSG_NOSIGNAL));
    result("shutdown", shutdown(fd, SHUT_RDWR));
    say("SO_ERROR", "%s", errno_name(so_error(fd)));
}

int main(void) {
    show("TCP", socket(AF_INET, SOCK_STREAM, 0));
    show("bound TCP", bound(SOCK_STREAM));
    show("UDP", socket(AF_INET, SOCK_DGRAM, 0));
    show("bound UDP", bound(SOCK_DGRAM));
    return 0;
}
