/* Does SIOCOUTQ fall to 0 when the peer has what was sent? */
#include "data.h"
#ifndef TIOCOUTQ
#define TIOCOUTQ 0x5411
#endif

int main(void) {
    struct ends ends = tcp_ends();
    int count = -1;
    char text[8];
    result("nothing sent", ioctl(ends.client, TIOCOUTQ, &count));
    say("bytes", "%d", count);
    write_text(ends.client, "abc");
    must(recv(ends.server, text, 3, MSG_WAITALL) == 3);
    for (int i = 0; i < DEADLINE / 10; i++) {
        must(ioctl(ends.client, TIOCOUTQ, &count) == 0);
        if (count == 0) break;
        must(poll(NULL, 0, 10) == 0);
    }
    say("bytes once they have arrived", "%d", count);
    return 0;
}
