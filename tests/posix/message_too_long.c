/* How long may a UDP datagram be? */
#include "data.h"

int main(void) {
    struct ends ends = datagram_ends();
    static char big[70000], got[70000];
    for (size_t i = 0; i < sizeof big; i++) big[i] = (char)pattern(i);
    result("65507", send(ends.client, big, 65507, 0));
    result("received", recv(ends.server, got, sizeof got, 0));
    say("equal", "%s", YES_NO(memcmp(big, got, 65507) == 0));
    result("65508", send(ends.client, big, 65508, 0));
    result("70000", send(ends.client, big, 70000, 0));
    result("writev 70000", writev(ends.client, (struct iovec[]){{big, 35000}, {big, 35000}}, 2));
    result("still usable", send(ends.client, "abc", 3, 0));
    result("received", recv(ends.server, got, sizeof got, 0));
    return 0;
}
