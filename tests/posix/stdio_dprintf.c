/* Does dprintf write to a socket at once? */
#include "check.h"

int main(void) {
    struct ends ends = tcp_ends();
    say("dprintf", "%d", dprintf(ends.client, "%s %d", "number", 7));
    close(ends.client);
    char text[16];
    say("text", "%s", read_to_end(ends.server, text, sizeof text));
    return 0;
}
