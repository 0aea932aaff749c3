/* Does a program end though bytes that it has sent are read by nobody? */
#include "data.h"

int main(void) {
    struct ends ends = tcp_ends();
    set_nonblocking(ends.client, true);
    struct pollfd room = {ends.client, POLLOUT, 0};
    size_t sent = 0;
    while (poll(&room, 1, 500) == 1) sent += fill_from(ends.client, sent);
    say("it took some", "%s", YES_NO(sent > 0));
    return 0;
}
