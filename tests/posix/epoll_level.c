/* Does a level-triggered epoll tell of what is ready as long as it is? */
/* needs: epoll */
#include "epoll.h"

int main(void) {
    struct ends ends = tcp_ends();
    int set = new_epoll();
    char text[8];
    must(control(set, EPOLL_CTL_ADD, ends.server, EPOLLIN, 7) == 0);
    told("no data", set, 0);
    told("no data, waiting", set, 20);
    write_text(ends.client, "abc");
    told("data", set, -1);
    told("still", set, 0);
    must(recv(ends.server, text, 1, 0) == 1);
    told("a part is read", set, 0);
    must(recv(ends.server, text, 8, 0) == 2);
    told("all is read", set, 0);
    must(control(set, EPOLL_CTL_MOD, ends.server, EPOLLIN | EPOLLOUT, 8) == 0);
    told("writing wanted too", set, 0);
    must(control(set, EPOLL_CTL_MOD, ends.server, 0, 9) == 0);
    told("nothing wanted", set, 0);
    must(control(set, EPOLL_CTL_MOD, ends.server, EPOLLRDHUP, 10) == 0);
    shutdown(ends.client, SHUT_WR);
    told("the peer's half is shut", set, DEADLINE);
    must(control(set, EPOLL_CTL_DEL, ends.server, 0, 0) == 0);
    told("removed", set, 0);
    return 0;
}
