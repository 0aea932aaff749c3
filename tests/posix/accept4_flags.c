/* Which flags does an accepted socket have, and does it take any from its listener? */
#include "check.h"

static void show(const char *what, int fd) {
    must(fd >= 0);
    say(what, "nonblocking %s, close on exec %s", YES_NO(fcntl(fd, F_GETFL) & O_NONBLOCK),
        YES_NO(fcntl(fd, F_GETFD) & FD_CLOEXEC));
}

int main(void) {
    int listening = listener();
    int port = port_of(listening);
    set_nonblocking(listening, true);
    must(fcntl(listening, F_SETFD, FD_CLOEXEC) == 0);
    for (int i = 0; i < 5; i++) {
        client_of(port);
        must(wait_for(listening, POLLIN) & POLLIN);
        switch (i) {
        case 0: show("accept", accept(listening, NULL, NULL)); break;
        case 1: show("accept4, 0", accept4(listening, NULL, NULL, 0)); break;
        case 2: show("SOCK_NONBLOCK", accept4(listening, NULL, NULL, SOCK_NONBLOCK)); break;
        case 3: show("SOCK_CLOEXEC", accept4(listening, NULL, NULL, SOCK_CLOEXEC)); break;
        case 4: show("both", accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)); break;
        }
    }
    return 0;
}
