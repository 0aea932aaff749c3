/* What does the peer see of a close that leaves data unread? */
#include "check.h"

int main(void) {
    struct ends ends = tcp_ends();
    char byte;
    write_text(ends.client, "never read");
    must(wait_for(ends.server, POLLIN) & POLLIN);
    result("close", close(ends.server));
    wait_for(ends.client, POLLIN);
    events("poll", ready(ends.client, POLLIN | POLLOUT | POLLRDHUP));
    result("read", (long)read(ends.client, &byte, 1));
    result("read again", (long)read(ends.client, &byte, 1));
    return 0;
}
