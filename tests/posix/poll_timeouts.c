/* Does poll wait as long as it is told to, not shorter, and without using the processor? */
#include "data.h"
#include <time.h>

static double now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

int main(void) {
    struct ends ends = tcp_ends();
    int limits[] = {0, 1, 20, 150};
    for (int i = 0; i < 4; i++) {
        struct pollfd one = {ends.server, POLLIN, 77};
        double start = now(CLOCK_MONOTONIC);
        result("poll", poll(&one, 1, limits[i]));
        double time = now(CLOCK_MONOTONIC) - start;
        say("  not shorter", "%s", YES_NO(time >= limits[i] - 0.1));
        say("  not much longer", "%s", YES_NO(time < limits[i] + 3000));
        events("  entry", one.revents);
    }
    double start = now(CLOCK_MONOTONIC);
    result("nothing to look at", poll(NULL, 0, 50));
    say("  not shorter", "%s", YES_NO(now(CLOCK_MONOTONIC) - start >= 49.9));
    /* How long it waits, counted in turns: a poll that answers early would need many. */
    int turns = 0;
    for (start = now(CLOCK_MONOTONIC); now(CLOCK_MONOTONIC) - start < 300; turns++) {
        struct pollfd one = {ends.server, POLLIN, 0};
        must(poll(&one, 1, 100) == 0);
    }
    say("three times 100 are 300", "%s", YES_NO(turns <= 4));
    return 0;
}
