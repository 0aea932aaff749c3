/* Do bytes sent with MSG_MORE arrive, at the latest with those that follow? */
#include "data.h"

int main(void) {
    struct ends ends = tcp_ends();
    char text[16];
    result("send with MSG_MORE", send(ends.client, "abc", 3, MSG_MORE));
    result("send without", send(ends.client, "def", 3, 0));
    received("received", recv(ends.server, text, 6, MSG_WAITALL), text);
    result("send with MSG_MORE", send(ends.client, "ghi", 3, MSG_MORE));
    received("received in the end", recv(ends.server, text, 3, MSG_WAITALL), text);
    return 0;
}
