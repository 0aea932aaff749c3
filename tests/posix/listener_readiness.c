/* When do poll and select tell that a listener is ready, and for what? */
#include "check.h"

static void selected(const char *what, int fd) {
    fd_set in, out, exceptional;
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_ZERO(&exceptional);
    FD_SET(fd, &in);
    FD_SET(fd, &out);
    FD_SET(fd, &exceptional);
    struct timeval now = {0, 0};
    int count = select(fd + 1, &in, &out, &exceptional, &now);
    say(what, "%d, read %d, write %d, exceptional %d", count, !!FD_ISSET(fd, &in), !!FD_ISSET(fd, &out),
        !!FD_ISSET(fd, &exceptional));
}

int main(void) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    events("new", ready(fd, POLLIN | POLLOUT));
    struct sockaddr_in address = loopback(0);
    must(bind(fd, SA(address), sizeof address) == 0);
    events("bound", ready(fd, POLLIN | POLLOUT));
    must(listen(fd, 5) == 0);
    events("listening", ready(fd, POLLIN | POLLOUT));
    selected("select", fd);
    client_of(port_of(fd));
    client_of(port_of(fd));
    events("two wait", wait_for(fd, POLLIN | POLLOUT));
    events("two wait, RDNORM", ready(fd, POLLRDNORM));
    selected("select", fd);
    accepted_by(fd);
    events("one waits", wait_for(fd, POLLIN | POLLOUT));
    accepted_by(fd);
    events("none", ready(fd, POLLIN | POLLOUT));
    selected("select", fd);
    return 0;
}
