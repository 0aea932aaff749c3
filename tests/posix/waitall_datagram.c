/* Does MSG_WAITALL mean anything for datagrams? One answers it, however short. */
#include "data.h"

int main(void) {
    struct ends ends = datagram_ends();
    char text[16];
    send(ends.client, "abc", 3, 0);
    send(ends.client, "def", 3, 0);
    received("first", recv(ends.server, text, sizeof text, MSG_WAITALL), text);
    received("second", recv(ends.server, text, sizeof text, MSG_WAITALL), text);
    return 0;
}
