/* Does shutdown for writing let what was written out first, with close right after it? */
#include "check.h"

enum { SIZE = 150000 };

int main(void) {
    struct ends ends = tcp_ends();
    static char sent[SIZE], got[SIZE + 1];
    memset(sent, 'z', SIZE);
    result("write", (long)write(ends.client, sent, SIZE));
    result("shutdown", shutdown(ends.client, SHUT_WR));
    result("close", close(ends.client));
    result("read", read_exactly(ends.server, got, sizeof got));
    say("the same", "%s", YES_NO(!memcmp(sent, got, SIZE)));
    return 0;
}
