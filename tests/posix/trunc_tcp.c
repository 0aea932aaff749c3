/* What does MSG_TRUNC do on a TCP stream? It throws the bytes away. */
#include "data.h"

int main(void) {
    struct ends ends = tcp_ends();
    char text[16] = "untouched";
    write_text(ends.client, "abcdef");
    wait_for_bytes(ends.server, 6);
    result("recv 4 with MSG_TRUNC", recv(ends.server, text, 4, MSG_TRUNC));
    say("the buffer", "%s", text);
    received("what is left", recv(ends.server, text, sizeof text, 0), text);
    write_text(ends.client, "gh");
    wait_for_bytes(ends.server, 2);
    result("without a buffer", recv(ends.server, NULL, 2, MSG_TRUNC));
    received("what is left", recv(ends.server, text, sizeof text, MSG_DONTWAIT), text);
    return 0;
}
