/* Does a non-blocking TCP socket take bytes until EAGAIN, and does every byte that it took arrive? */
#include "data.h"

int main(void) {
    struct ends ends = tcp_ends();
    set_nonblocking(ends.client, true);
    size_t sent = fill(ends.client), got = 0;
    /* What was taken may pass on to where there is more room. */
    struct pollfd full = {ends.client, POLLOUT, 0};
    while (poll(&full, 1, 200) == 1) sent += fill_from(ends.client, sent);
    say("it took some", "%s", YES_NO(sent > 4096));
    events("full", ready(ends.client, POLLOUT));
    bool equal = true, writable = false;
    static unsigned char piece[10000];
    while (got < sent) {
        ssize_t n = read(ends.server, piece, sizeof piece);
        must(n > 0);
        for (ssize_t i = 0; i < n; i++) equal &= piece[i] == pattern(got + (size_t)i);
        got += (size_t)n;
        /* What is full may take more before all of it was read. */
        if (ready(ends.client, POLLOUT) & POLLOUT) writable = true;
    }
    if (!writable) writable = wait_for(ends.client, POLLOUT) & POLLOUT;
    say("all bytes equal", "%s", YES_NO(equal && got == sent));
    say("writable again", "%s", YES_NO(writable));
    result("nothing else comes", recv(ends.server, piece, sizeof piece, MSG_DONTWAIT));
    return 0;
}
