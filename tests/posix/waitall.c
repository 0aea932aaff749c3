/* Does MSG_WAITALL wait until all is there, and what does it answer at the end of the stream? */
#include "data.h"

int main(void) {
    struct ends ends = tcp_ends();
    char text[16];
    write_text(ends.client, "abc");
    write_text(ends.client, "defgh");
    received("8 bytes sent in two pieces", recv(ends.server, text, 8, MSG_WAITALL), text);
    write_text(ends.client, "ijk");
    received("more than is there, without waiting", (wait_for_bytes(ends.server, 3), recv(ends.server, text, 8, MSG_WAITALL | MSG_DONTWAIT)), text);
    write_text(ends.client, "lmnop");
    wait_for_bytes(ends.server, 5);
    received("peek 3 of 5", recv(ends.server, text, 3, MSG_WAITALL | MSG_PEEK), text);
    shutdown(ends.client, SHUT_WR);
    received("more than comes before the end", recv(ends.server, text, 16, MSG_WAITALL), text);
    received("at the end", recv(ends.server, text, 16, MSG_WAITALL), text);
    return 0;
}
