/* Does closing a descriptor remove it from an epoll, and only the last copy of it? */
/* needs: epoll */
#include "epoll.h"

int main(void) {
    struct ends ends = tcp_ends();
    int set = new_epoll(), copy = dup(ends.server);
    must(control(set, EPOLL_CTL_ADD, ends.server, EPOLLIN, 1) == 0);
    result("a copy is another entry", control(set, EPOLL_CTL_ADD, copy, EPOLLIN, 2));
    must(control(set, EPOLL_CTL_DEL, copy, 0, 0) == 0);
    write_text(ends.client, "abc");
    told("data", set, DEADLINE);
    close(ends.server);
    told("closed, but a copy is open", set, 0);
    result("it cannot be removed by its number", control(set, EPOLL_CTL_DEL, ends.server, 0, 0));
    close(copy);
    told("the copy is closed", set, 0);
    int again = dup(ends.client);
    say("the number is used again", "%s", YES_NO(again == ends.server));
    result("and may be added", control(set, EPOLL_CTL_ADD, again, EPOLLOUT, 3));
    close(set);
    result("the epoll is closed", control(set, EPOLL_CTL_ADD, again, EPOLLIN, 4));
    return 0;
}
