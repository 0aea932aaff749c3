/* Do 4 MiB pass through a connection in both directions at once? */
#include "data.h"

enum { SIZE = 4 << 20 };

int main(void) {
    struct ends ends = tcp_ends();
    int fds[2] = {ends.client, ends.server};
    size_t sent[2] = {0, 0}, got[2] = {0, 0};
    bool ended[2] = {false, false}, equal = true;
    static unsigned char out[SIZE], in[65536];
    for (size_t i = 0; i < SIZE; i++) out[i] = pattern(i);
    for (int i = 0; i < 2; i++) set_nonblocking(fds[i], true);
    while (!ended[0] || !ended[1]) {
        struct pollfd entries[2];
        for (int i = 0; i < 2; i++) {
            int wanted = (ended[i] ? 0 : POLLIN) | (sent[i] < SIZE ? POLLOUT : 0);
            entries[i] = (struct pollfd){wanted ? fds[i] : -1, (short)wanted, 0};
        }
        must(poll(entries, 2, DEADLINE) > 0);
        for (int i = 0; i < 2; i++) {
            if (entries[i].revents & POLLIN) {
                ssize_t n = read(fds[i], in, sizeof in);
                must(n >= 0 || errno == EAGAIN);
                if (n == 0) ended[i] = true;
                for (ssize_t k = 0; k < n; k++) equal &= in[k] == pattern(got[i] + (size_t)k);
                if (n > 0) got[i] += (size_t)n;
            }
            if (entries[i].revents & POLLOUT) {
                ssize_t n = write(fds[i], out + sent[i], SIZE - sent[i]);
                must(n > 0 || errno == EAGAIN);
                if (n > 0) sent[i] += (size_t)n;
                if (sent[i] == SIZE) must(shutdown(fds[i], SHUT_WR) == 0);
            }
        }
    }
    say("received by the client", "%zu", got[0]);
    say("received by the server", "%zu", got[1]);
    say("equal", "%s", YES_NO(equal));
    return 0;
}
