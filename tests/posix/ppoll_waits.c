/* Does ppoll wait? */
/* needs: ppoll */
#include "data.h"
#include <time.h>

int main(void) {
    struct ends ends = tcp_ends();
    struct timespec limit = {0, 30000000};
    struct pollfd one = {ends.server, POLLIN, 0};
    result("no data", ppoll(&one, 1, &limit, NULL));
    write_text(ends.client, "x");
    result("data", ppoll(&one, 1, NULL, NULL));
    events("  entry", one.revents);
    return 0;
}
