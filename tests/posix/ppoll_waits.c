/* Does ppoll wait, and refuse a bad time? */
/* needs: ppoll */
#include "data.h"
#include <time.h>

int main(void) {
    struct ends ends = tcp_ends();
    struct timespec limit = {0, 30000000}, bad = {0, 1000000000};
    struct pollfd one = {ends.server, POLLIN, 0};
    result("no data", ppoll(&one, 1, &limit, NULL));
    write_text(ends.client, "x");
    result("data", ppoll(&one, 1, NULL, NULL));
    events("  entry", one.revents);
    result("a billion nanoseconds", ppoll(&one, 1, &bad, NULL));
    return 0;
}
