/* How is SO_LINGER read back, and what does it not take? */
#include "check.h"

static void show(const char *what, int fd) {
    struct linger linger = {-1, -1};
    socklen_t length = sizeof linger;
    must(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &length) == 0);
    say(what, "%s %d, length %d", linger.l_onoff ? "on" : "off", linger.l_linger, (int)length);
}

int main(void) {
    struct ends ends = tcp_ends();
    int fd = ends.client;
    show("at first", fd);
    struct linger linger = {1, 5};
    result("on, 5", setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
    show("then", fd);
    result("too short", setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger - 1));
    linger.l_onoff = 0;
    result("off", setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
    show("then", fd);
    linger = (struct linger){1, 2};
    must(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) == 0);
    write_text(fd, "lingering");
    result("close", close(fd));
    char text[16];
    say("the peer reads", "%s", read_to_end(ends.server, text, sizeof text));
    return 0;
}
