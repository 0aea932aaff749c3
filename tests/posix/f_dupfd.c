/* Which numbers do F_DUPFD and F_DUPFD_CLOEXEC give? */
#include "check.h"

int main(void) {
    int base = lowest_free();
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    say("F_DUPFD, 0", "%d", fcntl(fd, F_DUPFD, 0) - base);
    say("F_DUPFD, 20", "%d", fcntl(fd, F_DUPFD, base + 20) - base);
    say("F_DUPFD, 20 again", "%d", fcntl(fd, F_DUPFD, base + 20) - base);
    int other = fcntl(fd, F_DUPFD_CLOEXEC, base + 10);
    say("F_DUPFD_CLOEXEC, 10", "%d", other - base);
    say("close on exec", "%s, the first %s", YES_NO(fcntl(other, F_GETFD) & FD_CLOEXEC),
        YES_NO(fcntl(fd, F_GETFD) & FD_CLOEXEC));
    result("F_DUPFD, -1", fcntl(fd, F_DUPFD, -1));
    result("F_DUPFD beyond any limit", fcntl(fd, F_DUPFD, 1 << 30));
    result("F_DUPFD of a closed one", fcntl(base + 50, F_DUPFD, 0));
    int on = 1;
    must(ioctl(other, FIONBIO, &on) == 0);
    say("they are one socket", "%s", YES_NO(fcntl(fd, F_GETFL) & O_NONBLOCK));
    return 0;
}
