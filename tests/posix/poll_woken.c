/* Is a poll that waits for several sockets woken by the one that something comes to, and told of that one alone? */
#include "data.h"

int main(void) {
    struct ends ends[5];
    struct pollfd entries[5];
    for (int i = 0; i < 5; i++) {
        ends[i] = i % 2 ? tcp_ends() : datagram_ends();
        entries[i] = (struct pollfd){ends[i].server, POLLIN, 0};
    }
    char text[8];
    for (int i = 0; i < 5; i++) {
        int which = (i * 2) % 5;
        must(write(ends[which].client, "x", 1) == 1);
        result("poll", poll(entries, 5, -1));
        for (int k = 0; k < 5; k++)
            if (entries[k].revents) say("  which", "%s", YES_NO(k == which));
        must(read(ends[which].server, text, 8) == 1);
    }
    return 0;
}
