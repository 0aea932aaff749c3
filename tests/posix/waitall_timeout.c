/* What does MSG_WAITALL answer when SO_RCVTIMEO ends it half way, and when nothing came at all? */
#include "data.h"
#include <sys/time.h>

int main(void) {
    struct ends ends = tcp_ends();
    struct timeval limit = {0, 100000};
    char text[16];
    result("SO_RCVTIMEO", setsockopt(ends.server, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
    write_text(ends.client, "abc");
    received("half of it", recv(ends.server, text, 6, MSG_WAITALL), text);
    received("nothing of it", recv(ends.server, text, 6, MSG_WAITALL), text);
    write_text(ends.client, "defghi");
    received("all of it", recv(ends.server, text, 6, MSG_WAITALL), text);
    return 0;
}
