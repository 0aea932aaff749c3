/* Is FIONBIO the same as O_NONBLOCK? */
#include "check.h"

int main(void) {
    struct ends ends = tcp_ends();
    char byte;
    int on = 1, off = 0;
    result("on", ioctl(ends.client, FIONBIO, &on));
    say("O_NONBLOCK", "%s", YES_NO(fcntl(ends.client, F_GETFL) & O_NONBLOCK));
    result("read", (long)read(ends.client, &byte, 1));
    result("off", ioctl(ends.client, FIONBIO, &off));
    say("O_NONBLOCK", "%s", YES_NO(fcntl(ends.client, F_GETFL) & O_NONBLOCK));
    write_text(ends.server, "x");
    result("read", (long)read(ends.client, &byte, 1));
    on = 77;
    result("77", ioctl(ends.client, FIONBIO, &on));
    say("O_NONBLOCK", "%s", YES_NO(fcntl(ends.client, F_GETFL) & O_NONBLOCK));
    return 0;
}
