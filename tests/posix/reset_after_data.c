/* Can data still be read that came before a reset? */
#include "check.h"

int main(void) {
    struct ends ends = tcp_ends();
    struct linger now = {1, 0};
    char text[8] = "";
    write_text(ends.client, "data");
    must(wait_for(ends.server, POLLIN) & POLLIN);
    must(setsockopt(ends.client, SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0);
    close(ends.client);
    events("poll", wait_for_all(ends.server, POLLHUP));
    result("read", (long)read(ends.server, text, sizeof text));
    say("text", "%s", text);
    result("read again", (long)read(ends.server, text, sizeof text));
    result("and again", (long)read(ends.server, text, sizeof text));
    return 0;
}
