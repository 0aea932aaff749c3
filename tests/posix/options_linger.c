/* Which values does SO_LINGER take and give back? */
#include "options.h"

static void ask(const char *what, int fd, int on, int seconds) {
    struct linger linger = {on, seconds}, back = {-1, -1};
    socklen_t length = sizeof back;
    if (on >= 0) result(what, setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
    must(getsockopt(fd, SOL_SOCKET, SO_LINGER, &back, &length) == 0);
    say("  read back", "%d %d, length %d", back.l_onoff, back.l_linger, (int)length);
}

int main(void) {
    int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
    ask("fresh", tcp, -1, 0);
    ask("on", tcp, 1, 5);
    ask("on, no time", tcp, 1, 0);
    ask("on, by another number", tcp, 7, 3);
    ask("off", tcp, 0, 9);
    ask("UDP", udp, 1, 2);
    return 0;
}
