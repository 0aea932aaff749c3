/* Does MSG_MORE join datagrams into one, whose end is the call without it? */
#include "data.h"

int main(void) {
    struct ends ends = datagram_ends();
    char text[32];
    result("send with MSG_MORE", send(ends.client, "abc", 3, MSG_MORE));
    received("nothing is sent yet", recv(ends.server, text, sizeof text, MSG_DONTWAIT), text);
    result("send with MSG_MORE", send(ends.client, "def", 3, MSG_MORE));
    result("send without", send(ends.client, "ghi", 3, 0));
    received("received", recv(ends.server, text, sizeof text, 0), text);
    result("send with MSG_MORE", send(ends.client, "jkl", 3, MSG_MORE));
    result("end with nothing more", send(ends.client, "", 0, 0));
    received("received", recv(ends.server, text, sizeof text, 0), text);
    result("a datagram of its own", send(ends.client, "mno", 3, 0));
    received("received", recv(ends.server, text, sizeof text, 0), text);
    return 0;
}
