/* What does poll tell of a connection whose peer has closed, before and after own shutdown? */
#include "check.h"

int main(void) {
    struct ends ends = tcp_ends();
    int all = POLLIN | POLLOUT | POLLRDHUP;
    write_text(ends.server, "x");
    close(ends.server);
    events("data and end", wait_for_all(ends.client, all));
    char byte;
    must(read(ends.client, &byte, 1) == 1);
    events("end", ready(ends.client, all));
    events("only POLLOUT asked", ready(ends.client, POLLOUT));
    events("only POLLRDHUP asked", ready(ends.client, POLLRDHUP));
    events("nothing asked", ready(ends.client, 0));
    events("POLLPRI and POLLRDNORM", ready(ends.client, POLLPRI | POLLRDNORM));
    must(shutdown(ends.client, SHUT_WR) == 0);
    events("own end too", wait_for_all(ends.client, all | POLLHUP));
    events("nothing asked", ready(ends.client, 0));
    return 0;
}
