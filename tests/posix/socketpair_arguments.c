/* What does socketpair refuse, and what do its sockets say of themselves? */
#include "data.h"

static void number(const char *what, int fd, int name, int expected) {
    int value = -1;
    socklen_t length = sizeof value;
    must(getsockopt(fd, SOL_SOCKET, name, &value, &length) == 0);
    say(what, "%s", YES_NO(value == expected));
}

int main(void) {
    int pair[2];
    result("AF_INET", socketpair(AF_INET, SOCK_STREAM, 0, pair));
    result("unknown family", socketpair(99, SOCK_STREAM, 0, pair));
    result("unknown type", socketpair(AF_UNIX, 77, 0, pair));
    result("protocol TCP", socketpair(AF_UNIX, SOCK_STREAM, IPPROTO_TCP, pair));
    int lowest = lowest_free();
    result("with flags", socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair));
    say("the lowest numbers", "%s", YES_NO(pair[0] == lowest && pair[1] == lowest + 1));
    for (int i = 0; i < 2; i++) {
        say("O_NONBLOCK", "%s", YES_NO(fcntl(pair[i], F_GETFL) & O_NONBLOCK));
        say("FD_CLOEXEC", "%s", YES_NO(fcntl(pair[i], F_GETFD) & FD_CLOEXEC));
    }
    number("SO_TYPE", pair[0], SO_TYPE, SOCK_STREAM);
    number("SO_DOMAIN", pair[0], SO_DOMAIN, AF_UNIX);
    number("SO_PROTOCOL", pair[0], SO_PROTOCOL, 0);
    number("SO_ACCEPTCONN", pair[0], SO_ACCEPTCONN, 0);
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    result("getsockname", getsockname(pair[0], (struct sockaddr *)&address, &length));
    say("its length", "%d", (int)length);
    say("its family", "%s", YES_NO(address.ss_family == AF_UNIX));
    length = sizeof address;
    result("getpeername", getpeername(pair[0], (struct sockaddr *)&address, &length));
    say("its length", "%d", (int)length);
    struct stat about;
    must(fstat(pair[0], &about) == 0);
    say("a socket", "%s", YES_NO(S_ISSOCK(about.st_mode)));
    result("bind to the peer's name", bind(pair[0], (struct sockaddr *)&address, 1));
    result("listen", listen(pair[0], 1));
    result("connect", connect(pair[0], (struct sockaddr *)&address, length));
    return 0;
}
