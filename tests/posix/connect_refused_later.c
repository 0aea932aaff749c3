/* How is a non-blocking connect told that it was refused, and how often? */
#include "check.h"

int main(void) {
    int port = dead_port();
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    result("connect", connect_to(fd, port));
    wait_for(fd, POLLOUT);
    events("poll", ready(fd, POLLIN | POLLOUT | POLLRDHUP));
    say("SO_ERROR", "%s", errno_name(so_error(fd)));
    say("SO_ERROR again", "%s", errno_name(so_error(fd)));
    events("poll after that", ready(fd, POLLIN | POLLOUT | POLLRDHUP));
    int listening = listener();
    result("connect to a listener", connect_to(fd, port_of(listening)));
    events("poll", wait_for(fd, POLLOUT));
    say("SO_ERROR", "%s", errno_name(so_error(fd)));
    return 0;
}
