/* Does MSG_PEEK leave the bytes of a TCP stream where they are, and does a longer one see what came later? */
#include "data.h"

int main(void) {
    struct ends ends = tcp_ends();
    char text[16];
    write_text(ends.client, "abc");
    wait_for_bytes(ends.server, 3);
    received("peek 2", recv(ends.server, text, 2, MSG_PEEK), text);
    received("peek 16", recv(ends.server, text, sizeof text, MSG_PEEK), text);
    write_text(ends.client, "def");
    wait_for_bytes(ends.server, 6);
    received("peek 16 later", recv(ends.server, text, sizeof text, MSG_PEEK), text);
    received("receive 4", recv(ends.server, text, 4, 0), text);
    received("peek the rest", recv(ends.server, text, sizeof text, MSG_PEEK), text);
    received("receive the rest", recv(ends.server, text, sizeof text, 0), text);
    received("peek at nothing", recv(ends.server, text, sizeof text, MSG_PEEK | MSG_DONTWAIT), text);
    close(ends.client);
    wait_for(ends.server, POLLIN);
    received("peek at the end", recv(ends.server, text, sizeof text, MSG_PEEK), text);
    received("peek at the end again", recv(ends.server, text, sizeof text, MSG_PEEK), text);
    received("receive at the end", recv(ends.server, text, sizeof text, 0), text);
    return 0;
}
