/* What does poll say of UDP sockets with datagrams, shut, and refused? */
#include "data.h"

enum { ALL = POLLIN | POLLPRI | POLLOUT | POLLRDNORM | POLLWRNORM | POLLRDHUP };

int main(void) {
    struct ends ends = datagram_ends();
    char text[8];
    events("connected", ready(ends.server, ALL));
    send(ends.client, "abc", 3, 0);
    wait_for(ends.server, POLLIN);
    events("one is there", ready(ends.server, ALL));
    must(recv(ends.server, text, 1, 0) == 1);
    events("it is read", ready(ends.server, ALL));
    must(shutdown(ends.server, SHUT_RD) == 0);
    events("receiving half shut", ready(ends.server, ALL));
    must(shutdown(ends.client, SHUT_RDWR) == 0);
    events("both halves shut", ready(ends.client, ALL));

    int lonely = bound(SOCK_DGRAM), gone = bound(SOCK_DGRAM);
    must(connect_to(lonely, port_of(gone)) == 0);
    close(gone);
    must(send(lonely, "x", 1, 0) == 1);
    events("nobody is there", wait_for(lonely, POLLIN));
    say("SO_ERROR", "%s", errno_name(so_error(lonely)));
    events("it is told", ready(lonely, ALL));
    return 0;
}
