/* Does a second connect tell that the first was refused? */
#include "check.h"

int main(void) {
    int port = dead_port();
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    result("connect", connect_to(fd, port));
    wait_for(fd, POLLOUT);
    result("second", connect_to(fd, port));
    say("SO_ERROR", "%s", errno_name(so_error(fd)));
    result("third", connect_to(fd, port));
    return 0;
}
