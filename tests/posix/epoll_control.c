/* What do epoll_create and epoll_ctl refuse? */
/* needs: epoll */
#include "data.h"
#include <sys/epoll.h>

int main(void) {
    struct ends ends = tcp_ends();
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = 1};
    result("epoll_create 0", epoll_create(0));
    result("epoll_create1 with an unknown flag", epoll_create1(1));
    int set = done("epoll_create1", epoll_create1(EPOLL_CLOEXEC));
    say("FD_CLOEXEC", "%d", fcntl(set, F_GETFD) & FD_CLOEXEC);
    int file = open("/tmp", O_RDONLY | O_DIRECTORY);
    if (file < 0) file = open("/", O_RDONLY | O_DIRECTORY);
    result("add", epoll_ctl(set, EPOLL_CTL_ADD, ends.server, &event));
    result("add again", epoll_ctl(set, EPOLL_CTL_ADD, ends.server, &event));
    result("modify", epoll_ctl(set, EPOLL_CTL_MOD, ends.server, &event));
    result("modify what is not in it", epoll_ctl(set, EPOLL_CTL_MOD, ends.client, &event));
    result("remove", epoll_ctl(set, EPOLL_CTL_DEL, ends.server, NULL));
    result("remove again", epoll_ctl(set, EPOLL_CTL_DEL, ends.server, NULL));
    result("a file", epoll_ctl(set, EPOLL_CTL_ADD, file, &event));
    result("itself", epoll_ctl(set, EPOLL_CTL_ADD, set, &event));
    result("not a descriptor", epoll_ctl(set, EPOLL_CTL_ADD, -1, &event));
    result("not an epoll", epoll_ctl(ends.client, EPOLL_CTL_ADD, ends.server, &event));
    result("not a descriptor for it", epoll_ctl(-1, EPOLL_CTL_ADD, ends.server, &event));
    result("unknown operation", epoll_ctl(set, 9, ends.client, &event));
    result("wait for 0 events", epoll_wait(set, &event, 0, 0));
    volatile int none = -1; /* compilers know that it cannot be */
    result("wait for -1 events", epoll_wait(set, &event, none, 0));
    result("wait on what is no epoll", epoll_wait(ends.client, &event, 1, 0));
    result("wait with nothing in it", epoll_wait(set, &event, 1, 20));
    result("read", read(set, &event, sizeof event));
    return 0;
}
