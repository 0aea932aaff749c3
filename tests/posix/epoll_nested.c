/* Can an epoll be waited for in poll and in another epoll? */
/* needs: epoll */
#include "epoll.h"

int main(void) {
    struct ends ends = tcp_ends();
    int inner = new_epoll(), outer = new_epoll();
    must(control(inner, EPOLL_CTL_ADD, ends.server, EPOLLIN, 1) == 0);
    result("added to another", control(outer, EPOLL_CTL_ADD, inner, EPOLLIN, 2));
    result("a circle", control(inner, EPOLL_CTL_ADD, outer, EPOLLIN, 3));
    told("nothing", outer, 0);
    events("poll", ready(inner, POLLIN | POLLOUT));
    write_text(ends.client, "abc");
    told("data", outer, DEADLINE);
    events("poll", ready(inner, POLLIN | POLLOUT));
    told("the inner one", inner, 0);
    char text[8];
    must(recv(ends.server, text, 8, 0) == 3);
    told("it is read", outer, 0);
    events("poll", ready(inner, POLLIN | POLLOUT));
    return 0;
}
