/* Where does dup2 put a socket, and what becomes of what was there? */
#include "check.h"

int main(void) {
    int base = lowest_free();
    struct ends one = tcp_ends(), two = tcp_ends();
    char byte = '?';
    say("to a free number", "%d", dup2(one.client, base + 20) - base);
    result("write to it", (long)write(base + 20, "a", 1));
    result("the peer reads", read_exactly(one.server, &byte, 1));
    say("onto another socket", "%d", dup2(one.client, two.client) - base - (two.client - base));
    result("its peer reads the end", (long)read(two.server, &byte, 1));
    result("write to it", (long)write(two.client, "b", 1));
    result("the peer reads", read_exactly(one.server, &byte, 1));
    say("byte", "%c", byte);
    say("onto itself", "%s", YES_NO(dup2(one.client, one.client) == one.client));
    result("of a closed one", dup2(base + 30, base + 31));
    result("of a closed one onto itself", dup2(base + 30, base + 30));
    result("to -1", dup2(one.client, -1));
    result("to a number beyond any limit", dup2(one.client, 1 << 30));
    close(one.client);
    close(base + 20);
    result("the peer reads", (long)recv(one.server, &byte, 1, MSG_DONTWAIT));
    close(two.client);
    result("the peer reads the end", (long)read(one.server, &byte, 1));
    return 0;
}
