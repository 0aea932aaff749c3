/* Is a one-shot epoll entry told of once, until it is armed again? */
/* needs: epoll */
#include "epoll.h"

int main(void) {
    struct ends ends = tcp_ends();
    int set = new_epoll();
    must(control(set, EPOLL_CTL_ADD, ends.server, EPOLLIN | EPOLLONESHOT, 1) == 0);
    write_text(ends.client, "abc");
    told("data", set, DEADLINE);
    told("once", set, 0);
    write_text(ends.client, "def");
    wait_for_bytes(ends.server, 6);
    told("more data", set, 0);
    must(control(set, EPOLL_CTL_MOD, ends.server, EPOLLIN | EPOLLONESHOT, 2) == 0);
    told("armed again", set, 0);
    told("once", set, 0);
    result("it is still in the set", control(set, EPOLL_CTL_ADD, ends.server, EPOLLIN, 3));
    return 0;
}
