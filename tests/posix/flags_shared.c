/* Which flags of fcntl do duplicates of a socket share? */
#include "check.h"

static void show(const char *what, int fd) {
    say(what, "nonblocking %s, close on exec %s", YES_NO(fcntl(fd, F_GETFL) & O_NONBLOCK),
        YES_NO(fcntl(fd, F_GETFD) & FD_CLOEXEC));
}

int main(void) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), other = dup(fd);
    show("first", fd);
    show("second", other);
    set_nonblocking(other, true);
    result("F_SETFD", fcntl(fd, F_SETFD, FD_CLOEXEC));
    show("first", fd);
    show("second", other);
    show("a third", dup(fd));
    set_nonblocking(fd, false);
    result("F_SETFD", fcntl(fd, F_SETFD, 0));
    show("first", fd);
    show("second", other);
    return 0;
}
