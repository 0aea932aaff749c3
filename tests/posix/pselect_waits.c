/* Does pselect wait, and leave its time as it was? */
#include "data.h"
#include <sys/select.h>
#include <time.h>

int main(void) {
    struct ends ends = tcp_ends();
    fd_set set;
    struct timespec limit = {0, 30000000};
    FD_ZERO(&set);
    FD_SET(ends.server, &set);
    result("no data", pselect(ends.server + 1, &set, NULL, NULL, &limit, NULL));
    say("the time is as it was", "%s", YES_NO(limit.tv_sec == 0 && limit.tv_nsec == 30000000));
    say("left in the set", "%d", FD_ISSET(ends.server, &set) != 0);
    write_text(ends.client, "x");
    FD_SET(ends.server, &set);
    result("data", pselect(ends.server + 1, &set, NULL, NULL, NULL, NULL));
    say("left in the set", "%d", FD_ISSET(ends.server, &set) != 0);
    return 0;
}
