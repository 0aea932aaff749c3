/* Does epoll tell of errors and hang-ups that nobody asked for? */
/* needs: epoll */
#include "epoll.h"

int main(void) {
    int set = new_epoll();
    int fresh = socket(AF_INET, SOCK_STREAM, 0);
    must(control(set, EPOLL_CTL_ADD, fresh, 0, 1) == 0);
    told("a fresh TCP socket", set, 0);
    must(control(set, EPOLL_CTL_DEL, fresh, 0, 0) == 0);
    int refused = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    connect_to(refused, dead_port());
    wait_for(refused, POLLOUT);
    must(control(set, EPOLL_CTL_ADD, refused, EPOLLIN | EPOLLOUT | EPOLLRDHUP, 2) == 0);
    told("refused", set, 0);
    close(refused);
    struct ends tube = pipe_ends();
    must(control(set, EPOLL_CTL_ADD, tube.server, EPOLLIN, 3) == 0);
    told("a pipe", set, 0);
    close(tube.client);
    told("its writer is gone", set, 0);
    return 0;
}
