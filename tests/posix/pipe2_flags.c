/* Which flags does pipe2 take? */
#include "data.h"

int main(void) {
    int fds[2] = {-1, -1};
    char text[4];
    result("O_NONBLOCK and O_CLOEXEC", pipe2(fds, O_NONBLOCK | O_CLOEXEC));
    for (int i = 0; i < 2; i++) {
        say("O_NONBLOCK", "%s", YES_NO(fcntl(fds[i], F_GETFL) & O_NONBLOCK));
        say("FD_CLOEXEC", "%s", YES_NO(fcntl(fds[i], F_GETFD) & FD_CLOEXEC));
    }
    result("read, nothing there", read(fds[0], text, 4));
    result("none", pipe2(fds, 0));
    say("O_NONBLOCK", "%s", YES_NO(fcntl(fds[0], F_GETFL) & O_NONBLOCK));
    say("FD_CLOEXEC", "%s", YES_NO(fcntl(fds[0], F_GETFD) & FD_CLOEXEC));
    fds[0] = fds[1] = -7;
    result("O_APPEND", pipe2(fds, O_APPEND));
    say("the numbers are untouched", "%s", YES_NO(fds[0] == -7 && fds[1] == -7));
    return 0;
}
