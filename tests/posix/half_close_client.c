/* Can a server answer at length after the client has ended its side? */
#include "check.h"

enum { SIZE = 100000 };

int main(void) {
    struct ends ends = tcp_ends();
    static char sent[SIZE], got[SIZE + 1];
    for (int i = 0; i < SIZE; i++) sent[i] = (char)(i * 7 % 251);
    write_text(ends.client, "request");
    must(shutdown(ends.client, SHUT_WR) == 0);
    say("request", "%s", read_to_end(ends.server, got, sizeof got));
    result("write", (long)write(ends.server, sent, SIZE));
    result("close", close(ends.server));
    result("read", read_exactly(ends.client, got, sizeof got));
    say("the same", "%s", YES_NO(!memcmp(sent, got, SIZE)));
    return 0;
}
