/* What does poll say while a connection is made, and when it is refused? */
#include "data.h"

enum { ALL = POLLIN | POLLPRI | POLLOUT | POLLRDNORM | POLLWRNORM | POLLRDHUP };

int main(void) {
    int listening = listener();
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    result("connect", connect_to(fd, port_of(listening)));
    events("made", wait_for(fd, POLLOUT));
    events("all wanted", ready(fd, ALL));
    say("SO_ERROR", "%s", errno_name(so_error(fd)));

    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    result("connect where nobody listens", connect_to(fd, dead_port()));
    wait_for(fd, POLLOUT);
    events("refused", ready(fd, ALL));
    say("SO_ERROR", "%s", errno_name(so_error(fd)));
    events("it is told", ready(fd, ALL));
    return 0;
}
