/* Is SO_ERROR told once, and does a call that fails with it clear it? */
#include "options.h"

int main(void) {
    char text[4];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    connect_to(fd, dead_port());
    wait_for(fd, POLLOUT);
    say("SO_ERROR", "%s", errno_name(so_error(fd)));
    say("once more", "%s", errno_name(so_error(fd)));
    close(fd);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    connect_to(fd, dead_port());
    wait_for(fd, POLLOUT);
    result("a receive tells it", recv(fd, text, 4, 0));
    say("SO_ERROR after that", "%s", errno_name(so_error(fd)));

    struct ends ends = tcp_ends();
    struct linger none = {1, 0};
    must(setsockopt(ends.client, SOL_SOCKET, SO_LINGER, &none, sizeof none) == 0);
    close(ends.client);
    wait_for(ends.server, POLLERR);
    say("SO_ERROR once it is reset", "%s", errno_name(so_error(ends.server)));
    result("a receive after that", recv(ends.server, text, 4, 0));
    return 0;
}
