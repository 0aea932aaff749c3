/* Does epoll_wait give no more events than it has room for, and each entry its turn? */
/* needs: epoll */
#include "epoll.h"

int main(void) {
    int set = new_epoll(), seen[5] = {0};
    struct ends ends[5];
    for (int i = 0; i < 5; i++) {
        ends[i] = datagram_ends();
        must(control(set, EPOLL_CTL_ADD, ends[i].server, EPOLLIN, (uint32_t)i) == 0);
        must(send(ends[i].client, "x", 1, 0) == 1);
        must(wait_for(ends[i].server, POLLIN) & POLLIN);
    }
    struct epoll_event found[8];
    result("room for 8", epoll_wait(set, found, 8, 0));
    for (int turn = 0; turn < 3; turn++) {
        int count = epoll_wait(set, found, 2, 0);
        result("room for 2", count);
        for (int i = 0; i < count; i++) seen[found[i].data.u32]++;
    }
    int all = 0;
    for (int i = 0; i < 5; i++) all += seen[i] > 0;
    say("each had its turn", "%s", YES_NO(all == 5));
    return 0;
}
