/* Does a connection stay open until the last of its descriptors is closed? */
#include "check.h"

int main(void) {
    struct ends ends = tcp_ends();
    char byte;
    int other = done("dup", dup(ends.client));
    int third = done("dup", dup(other));
    result("close", close(ends.client));
    result("the peer reads", (long)recv(ends.server, &byte, 1, MSG_DONTWAIT));
    result("write to the second", (long)write(other, "x", 1));
    result("the peer reads", read_exactly(ends.server, &byte, 1));
    result("close", close(other));
    result("write to the third", (long)write(third, "y", 1));
    result("the peer reads", read_exactly(ends.server, &byte, 1));
    result("close", close(third));
    result("the peer reads", (long)read(ends.server, &byte, 1));
    return 0;
}
