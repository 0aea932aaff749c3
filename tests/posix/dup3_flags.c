/* Which flags does dup3 take, and when does it say no? */
#include "check.h"

int main(void) {
    int base = lowest_free();
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    say("0", "%d", dup3(fd, base + 10, 0) - base);
    say("close on exec", "%s", YES_NO(fcntl(base + 10, F_GETFD) & FD_CLOEXEC));
    say("O_CLOEXEC", "%d", dup3(fd, base + 11, O_CLOEXEC) - base);
    say("close on exec", "%s", YES_NO(fcntl(base + 11, F_GETFD) & FD_CLOEXEC));
    result("O_NONBLOCK", dup3(fd, base + 12, O_NONBLOCK));
    result("onto itself", dup3(fd, fd, 0));
    result("of a closed one", dup3(base + 30, base + 31, 0));
    result("to -1", dup3(fd, -1, 0));
    return 0;
}
