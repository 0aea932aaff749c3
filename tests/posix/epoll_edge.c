/* Does an edge-triggered epoll tell of each change once? */
/* needs: epoll */
#include "epoll.h"

int main(void) {
    struct ends ends = tcp_ends();
    int set = new_epoll();
    char text[8];
    must(control(set, EPOLL_CTL_ADD, ends.server, EPOLLIN | EPOLLET, 1) == 0);
    told("no data", set, 0);
    write_text(ends.client, "abc");
    told("data", set, DEADLINE);
    told("the same", set, 0);
    must(recv(ends.server, text, 1, 0) == 1);
    told("a part is read", set, 0);
    write_text(ends.client, "def");
    told("more data", set, DEADLINE);
    told("the same", set, 0);
    must(control(set, EPOLL_CTL_MOD, ends.server, EPOLLIN | EPOLLET, 2) == 0);
    told("modified with data there", set, 0);
    told("the same", set, 0);
    must(control(set, EPOLL_CTL_DEL, ends.server, 0, 0) == 0);
    must(control(set, EPOLL_CTL_ADD, ends.server, EPOLLIN | EPOLLOUT | EPOLLET, 3) == 0);
    told("added anew with data there", set, 0);
    told("the same", set, 0);
    return 0;
}
