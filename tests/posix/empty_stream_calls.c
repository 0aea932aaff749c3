/* What do calls with no bytes answer on a TCP stream, with and without data there, and at its end? */
#include "data.h"

int main(void) {
    struct ends ends = tcp_ends();
    char text[16];
    result("send 0", send(ends.client, "", 0, 0));
    result("write 0", write(ends.client, "", 0));
    result("receive 0, nothing there, at once", recv(ends.server, text, 0, MSG_DONTWAIT));
    result("read 0, nothing there", read(ends.server, text, 0));
    write_text(ends.client, "abc");
    wait_for_bytes(ends.server, 3);
    result("receive 0, data there", recv(ends.server, text, 0, 0));
    result("read 0, data there", read(ends.server, text, 0));
    received("receive", recv(ends.server, text, sizeof text, 0), text);
    shutdown(ends.client, SHUT_WR);
    wait_for(ends.server, POLLIN);
    result("receive 0 at the end", recv(ends.server, text, 0, 0));
    return 0;
}
