/* Is what came before and what comes after shutdown for reading still to be had? */
#include "check.h"

int main(void) {
    struct ends ends = tcp_ends();
    char text[8];
    write_text(ends.server, "before");
    must(wait_for(ends.client, POLLIN) & POLLIN);
    result("shutdown", shutdown(ends.client, SHUT_RD));
    result("recv", (long)recv(ends.client, text, sizeof text, 0));
    result("recv again", (long)recv(ends.client, text, sizeof text, 0));
    return 0;
}
