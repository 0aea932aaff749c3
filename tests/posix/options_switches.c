/* Are options that are on or off read back as 1 or 0, whatever they were set to? */
#include "options.h"

static const struct { const char *what; int name; } switches[] = {
    {"SO_REUSEADDR", SO_REUSEADDR}, {"SO_REUSEPORT", SO_REUSEPORT}, {"SO_KEEPALIVE", SO_KEEPALIVE},
    {"SO_BROADCAST", SO_BROADCAST}, {"SO_OOBINLINE", SO_OOBINLINE}, {"SO_DONTROUTE", SO_DONTROUTE},
};

int main(void) {
    int fds[2] = {socket(AF_INET, SOCK_STREAM, 0), socket(AF_INET, SOCK_DGRAM, 0)};
    for (int i = 0; i < 2; i++) {
        puts(i ? "UDP" : "TCP");
        for (size_t k = 0; k < sizeof switches / sizeof *switches; k++) {
            set_and_get(switches[k].what, fds[i], SOL_SOCKET, switches[k].name, 1);
            set_and_get(switches[k].what, fds[i], SOL_SOCKET, switches[k].name, 0);
            set_and_get(switches[k].what, fds[i], SOL_SOCKET, switches[k].name, 42);
            set_and_get(switches[k].what, fds[i], SOL_SOCKET, switches[k].name, -1);
        }
    }
    set_and_get("TCP_NODELAY", fds[0], IPPROTO_TCP, TCP_NODELAY, 7);
    set_and_get("TCP_CORK", fds[0], IPPROTO_TCP, TCP_CORK, 7);
    return 0;
}
