/* Can a client go on sending after the server has ended its side? */
#include "check.h"

int main(void) {
    struct ends ends = tcp_ends();
    char text[32];
    write_text(ends.server, "220 ready");
    must(shutdown(ends.server, SHUT_WR) == 0);
    say("greeting", "%s", read_to_end(ends.client, text, sizeof text));
    for (int i = 0; i < 3; i++) {
        result("send", (long)send(ends.client, "more", 4, MSG_NOSIGNAL));
        result("the server reads", read_exactly(ends.server, text, 4));
    }
    close(ends.client);
    result("the server reads the end", (long)read(ends.server, text, sizeof text));
    return 0;
}
