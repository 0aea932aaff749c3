/* For the programs that ask about epoll: what it tells, by name. */
#ifndef EPOLL_H
#define EPOLL_H

#include "data.h"
#include <sys/epoll.h>

/* A new epoll. */
USED_OR_NOT int new_epoll(void) {
    int set = epoll_create1(0);
    must(set >= 0);
    return set;
}

/* epoll_ctl with `data` to be given back. */
USED_OR_NOT int control(int set, int operation, int fd, uint32_t wanted, uint32_t data) {
    struct epoll_event event = {.events = wanted, .data.u32 = data};
    return epoll_ctl(set, operation, fd, &event);
}

/* What epoll_wait tells within `milliseconds`: the data, and the events by name. */
USED_OR_NOT int told(const char *what, int set, int milliseconds) {
    struct epoll_event found[8];
    int count = epoll_wait(set, found, 8, milliseconds);
    result(what, count);
    for (int i = 0; i < count; i++) {
        char line[32];
        snprintf(line, sizeof line, "  %u", (unsigned)found[i].data.u32);
        events(line, (int)found[i].events);
    }
    return count;
}

#endif
