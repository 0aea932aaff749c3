/* What does poll say of a TCP connection with data, half closed, closed and reset? */
#include "data.h"

enum { ALL = POLLIN | POLLPRI | POLLOUT | POLLRDNORM | POLLWRNORM | POLLRDHUP };

int main(void) {
    struct ends ends = tcp_ends();
    char text[8];
    events("connected", ready(ends.server, ALL));
    write_text(ends.client, "abc");
    events("data", wait_for_all(ends.server, POLLIN));
    events("data, all wanted", ready(ends.server, ALL));
    events("data, only POLLOUT wanted", ready(ends.server, POLLOUT));
    must(recv(ends.server, text, 8, 0) == 3);
    events("data read", ready(ends.server, ALL));
    shutdown(ends.client, SHUT_WR);
    wait_for(ends.server, POLLRDHUP);
    events("the peer has shut its half", ready(ends.server, ALL));
    events("  nothing wanted", ready(ends.server, 0));
    events("the one that has shut", ready(ends.client, ALL));
    must(shutdown(ends.server, SHUT_WR) == 0);
    wait_for(ends.client, POLLHUP | POLLRDHUP);
    events("both have shut", wait_for_all(ends.client, POLLHUP));
    events("both have shut, all wanted", ready(ends.client, ALL));
    events("  the other", ready(ends.server, ALL));

    ends = tcp_ends();
    must(shutdown(ends.server, SHUT_RD) == 0);
    events("own receiving half shut", ready(ends.server, ALL));

    ends = tcp_ends();
    write_text(ends.client, "unread");
    wait_for_bytes(ends.server, 6);
    close(ends.server); /* resets, since not all was read */
    wait_for_all(ends.client, POLLERR | POLLHUP | POLLIN);
    events("reset", ready(ends.client, 0));
    events("reset, all wanted", ready(ends.client, ALL));
    result("the error", recv(ends.client, text, 8, 0));
    events("the error is told", ready(ends.client, ALL));
    result("then the end", recv(ends.client, text, 8, 0));
    return 0;
}
