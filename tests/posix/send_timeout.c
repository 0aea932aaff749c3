/* Does SO_SNDTIMEO end a send that cannot go on, with what it took or with EAGAIN? */
#include "data.h"
#include <sys/time.h>

int main(void) {
    struct ends ends = tcp_ends();
    struct timeval limit = {0, 100000};
    result("SO_SNDTIMEO", setsockopt(ends.client, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit));
    static char big[1 << 20];
    long took = 0;
    ssize_t n = 0;
    /* Nobody reads: at some time it takes a part, or nothing. */
    for (int i = 0; i < 64; i++) {
        n = send(ends.client, big, sizeof big, 0);
        if (n < 0) break;
        took += (long)n;
    }
    say("it took some", "%s", YES_NO(took > 0));
    result("in the end", n);
    close(ends.server);
    close(ends.client);
    return 0;
}
