/* Do readv and writev treat a socket as read and write do, piece by piece? */
#include "check.h"

int main(void) {
    struct ends ends = tcp_ends();
    struct iovec out[] = {{"one ", 4}, {NULL, 0}, {"two ", 4}, {"three", 5}};
    result("writev", (long)writev(ends.client, out, 4));
    char a[6] = "", b[6] = "", c[16] = "";
    must(read_exactly(ends.server, a, 0) == 0);
    struct iovec in[] = {{a, 5}, {b, 5}, {c, 15}};
    must(wait_for(ends.server, POLLIN) & POLLIN);
    result("readv", (long)readv(ends.server, in, 3));
    say("pieces", "'%s' '%s' '%s'", a, b, c);
    result("writev of nothing", (long)writev(ends.client, out, 0));
    result("readv into nothing", (long)readv(ends.server, in, 0));
    static struct iovec many[1025];
    result("writev of 1024 pieces", (long)writev(ends.client, many, 1024));
    result("writev of 1025 pieces", (long)writev(ends.client, many, 1025));
    set_nonblocking(ends.server, true);
    result("readv when there is nothing", (long)readv(ends.server, in, 3));
    return 0;
}
