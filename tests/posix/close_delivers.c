/* Does a peer get everything that was written before close, however slowly it reads? */
#include "check.h"

enum { SIZE = 200000, PIECE = 1000 };

int main(void) {
    struct ends ends = tcp_ends();
    static char sent[SIZE];
    for (int i = 0; i < SIZE; i++) sent[i] = (char)(i * 13 % 241);
    result("write", (long)write(ends.client, sent, SIZE));
    result("close", close(ends.client));
    int had = 0, wrong = 0;
    char piece[PIECE];
    for (;;) {
        long got = (long)read(ends.server, piece, sizeof piece);
        if (got <= 0) {
            result("the end", got);
            break;
        }
        wrong += had + got > SIZE || memcmp(sent + had, piece, (size_t)got) != 0;
        had += (int)got;
    }
    say("bytes", "%d", had);
    say("pieces that are wrong", "%d", wrong);
    return 0;
}
