/* Does poll skip negative descriptors, and mark those that are none? */
#include "data.h"

int main(void) {
    struct ends ends = datagram_ends();
    int closed = dup(ends.client);
    close(closed);
    struct pollfd entries[4] = {{-1, POLLIN, 77}, {closed, POLLIN, 77}, {ends.client, POLLIN | POLLOUT, 77}, {-5, POLLOUT, 77}};
    result("poll", poll(entries, 4, -1));
    for (int i = 0; i < 4; i++) events("  entry", entries[i].revents);
    entries[1].fd = -1;
    entries[2].events = POLLIN;
    result("nothing ready", poll(entries, 4, 0));
    result("no entries", poll(NULL, 0, 0));
    struct pollfd none = {closed, 0, 0};
    result("not a descriptor, nothing wanted", poll(&none, 1, -1));
    events("  entry", none.revents);
    return 0;
}
