/* Do a million bytes pass through a pipe whose ends take turns? */
#include "data.h"

int main(void) {
    struct ends tube = pipe_ends();
    static unsigned char out[1000000], in[7000];
    for (size_t i = 0; i < sizeof out; i++) out[i] = pattern(i);
    set_nonblocking(tube.client, true);
    size_t sent = 0, got = 0;
    bool equal = true;
    while (got < sizeof out) {
        struct pollfd entries[2] = {{tube.server, POLLIN, 0}, {sent < sizeof out ? tube.client : -1, POLLOUT, 0}};
        must(poll(entries, 2, DEADLINE) > 0);
        if (entries[1].revents & POLLOUT) {
            ssize_t n = write(tube.client, out + sent, sizeof out - sent);
            must(n > 0);
            sent += (size_t)n;
        }
        if (entries[0].revents & POLLIN) {
            ssize_t n = read(tube.server, in, sizeof in);
            must(n > 0);
            equal &= memcmp(in, out + got, (size_t)n) == 0;
            got += (size_t)n;
        }
    }
    say("received", "%zu", got);
    say("equal", "%s", YES_NO(equal));
    return 0;
}
