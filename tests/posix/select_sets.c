/* What does select answer and leave in its sets? */
#include "data.h"

static void ask(const char *what, int count, int fd, bool r, bool w, bool e, int milliseconds) {
    fd_set sets[3];
    bool in[3] = {r, w, e};
    for (int i = 0; i < 3; i++) {
        FD_ZERO(&sets[i]);
        if (in[i]) FD_SET(fd, &sets[i]);
    }
    struct timeval limit = {milliseconds / 1000, milliseconds % 1000 * 1000};
    result(what, select(count, r ? &sets[0] : NULL, w ? &sets[1] : NULL, e ? &sets[2] : NULL, &limit));
    say("  left", "%d %d %d", FD_ISSET(fd, &sets[0]) != 0, FD_ISSET(fd, &sets[1]) != 0, FD_ISSET(fd, &sets[2]) != 0);
}

int main(void) {
    struct ends ends = tcp_ends();
    int fd = ends.server;
    ask("all three sets, no data", fd + 1, fd, true, true, true, 0);
    ask("reading alone, no data", fd + 1, fd, true, false, false, 30);
    write_text(ends.client, "abc");
    ask("reading alone, data", fd + 1, fd, true, false, false, DEADLINE);
    ask("all three, data", fd + 1, fd, true, true, true, 0);
    close(ends.client);
    char text[8];
    must(recv(fd, text, 8, 0) == 3);
    ask("the end", fd + 1, fd, true, false, false, DEADLINE);
    int refused = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    connect_to(refused, dead_port());
    ask("refused, writing", refused + 1, refused, false, true, false, DEADLINE);
    ask("refused, all three", refused + 1, refused, true, true, true, 0);
    return 0;
}
