/* What do read and write say after a non-blocking connect was refused? */
#include "check.h"

int main(void) {
    int port = dead_port();
    char byte = 'x';
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    must(connect_to(fd, port) == -1);
    wait_for(fd, POLLOUT);
    result("recv", (long)recv(fd, &byte, 1, 0));
    result("recv again", (long)recv(fd, &byte, 1, 0));
    result("send", (long)send(fd, &byte, 1, MSG_NOSIGNAL));
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    must(connect_to(fd, port) == -1);
    wait_for(fd, POLLOUT);
    result("send first", (long)send(fd, &byte, 1, MSG_NOSIGNAL));
    result("send again", (long)send(fd, &byte, 1, MSG_NOSIGNAL));
    result("recv", (long)recv(fd, &byte, 1, 0));
    return 0;
}
