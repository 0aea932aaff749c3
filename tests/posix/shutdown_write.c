/* What can still be done after shutdown for writing? */
#include "check.h"

int main(void) {
    struct ends ends = tcp_ends();
    char text[32];
    write_text(ends.client, "last words");
    result("shutdown", shutdown(ends.client, SHUT_WR));
    say("the peer reads", "%s", read_to_end(ends.server, text, sizeof text));
    result("send", (long)send(ends.client, "x", 1, MSG_NOSIGNAL));
    result("send nothing", (long)send(ends.client, "", 0, MSG_NOSIGNAL));
    result("shutdown again", shutdown(ends.client, SHUT_WR));
    write_text(ends.server, "answer");
    close(ends.server);
    say("read", "%s", read_to_end(ends.client, text, sizeof text));
    return 0;
}
