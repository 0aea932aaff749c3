/* What do writes say to a peer that has closed? */
#include "check.h"

int main(void) {
    struct ends ends = tcp_ends();
    char byte;
    close(ends.server);
    result("read", (long)read(ends.client, &byte, 1));
    events("poll", ready(ends.client, POLLIN | POLLOUT | POLLRDHUP));
    result("first send", (long)send(ends.client, "x", 1, MSG_NOSIGNAL));
    /* The peer answers it with a reset, and some send is the first to see that. */
    for (int i = 0; i < DEADLINE / 10 && send(ends.client, "x", 1, MSG_NOSIGNAL) == 1; i++) must(poll(NULL, 0, 10) == 0);
    say("a later send", "%s", errno_name(errno));
    result("and one more", (long)send(ends.client, "x", 1, MSG_NOSIGNAL));
    events("poll", ready(ends.client, POLLIN | POLLOUT | POLLRDHUP));
    result("read", (long)read(ends.client, &byte, 1));
    return 0;
}
