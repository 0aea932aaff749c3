/* What do the options tell that cannot be set? */
#include "options.h"

static void ask(const char *what, int fd, int type, int domain, int protocol) {
    int value;
    socklen_t length = sizeof value;
    puts(what);
    must(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &length) == 0);
    say("SO_TYPE", "%s", YES_NO(value == type));
    must(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &length) == 0);
    say("SO_DOMAIN", "%s", YES_NO(value == domain));
    must(getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &value, &length) == 0);
    say("SO_PROTOCOL", "%s", YES_NO(value == protocol));
    get("SO_ACCEPTCONN", fd, SOL_SOCKET, SO_ACCEPTCONN);
    set("SO_TYPE", fd, SOL_SOCKET, SO_TYPE, 1);
    set("SO_DOMAIN", fd, SOL_SOCKET, SO_DOMAIN, 1);
    set("SO_PROTOCOL", fd, SOL_SOCKET, SO_PROTOCOL, 1);
    set("SO_ERROR", fd, SOL_SOCKET, SO_ERROR, 1);
    set("SO_ACCEPTCONN", fd, SOL_SOCKET, SO_ACCEPTCONN, 1);
}

int main(void) {
    ask("TCP", socket(AF_INET, SOCK_STREAM, 0), SOCK_STREAM, AF_INET, IPPROTO_TCP);
    ask("UDP", socket(AF_INET, SOCK_DGRAM, 0), SOCK_DGRAM, AF_INET, IPPROTO_UDP);
    ask("TCP over IPv6", socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP), SOCK_STREAM, AF_INET6, IPPROTO_TCP);
    ask("listener", listener(), SOCK_STREAM, AF_INET, IPPROTO_TCP);
    return 0;
}
