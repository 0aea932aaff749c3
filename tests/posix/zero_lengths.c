/* What do reads and writes of nothing do on a socket? */
#include "check.h"

int main(void) {
    struct ends ends = tcp_ends();
    char byte = '?';
    set_nonblocking(ends.client, true);
    result("write", (long)write(ends.client, "", 0));
    result("send", (long)send(ends.client, "", 0, 0));
    result("read, nothing there", (long)read(ends.client, &byte, 0));
    result("recv, nothing there", (long)recv(ends.client, &byte, 0, 0));
    write_text(ends.server, "x");
    must(wait_for(ends.client, POLLIN) & POLLIN);
    result("read", (long)read(ends.client, &byte, 0));
    result("recv", (long)recv(ends.client, &byte, 0, 0));
    result("recv of one", (long)recv(ends.client, &byte, 1, 0));
    result("the peer has nothing", (long)recv(ends.server, &byte, 1, MSG_DONTWAIT));
    return 0;
}
