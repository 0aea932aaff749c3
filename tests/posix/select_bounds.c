/* What does select say of descriptors that are none, of its count, and of bad times? */
#include "data.h"

int main(void) {
    struct ends ends = datagram_ends();
    int closed = dup(ends.client);
    close(closed);
    fd_set set;
    struct timeval limit = {0, 0}, bad = {-1, 0};
    FD_ZERO(&set);
    FD_SET(closed, &set);
    result("not a descriptor", select(closed + 1, &set, NULL, NULL, &limit));
    result("count below it", select(closed, &set, NULL, NULL, &limit));
    result("count negative", select(-1, &set, NULL, NULL, &limit));
    result("time negative", select(0, NULL, NULL, NULL, &bad));
    limit = (struct timeval){0, 20000};
    result("no sets", select(0, NULL, NULL, NULL, &limit));
    FD_ZERO(&set);
    FD_SET(ends.client, &set);
    result("no time: waits", select(ends.client + 1, NULL, &set, NULL, NULL));
    struct ends pair = datagram_ends();
    fd_set reading, writing;
    FD_ZERO(&reading);
    FD_ZERO(&writing);
    send(pair.client, "x", 1, 0);
    FD_SET(pair.server, &reading);
    FD_SET(pair.server, &writing);
    FD_SET(pair.client, &writing);
    wait_for(pair.server, POLLIN);
    result("counted once for each set", select(pair.server + 1 > pair.client + 1 ? pair.server + 1 : pair.client + 1, &reading, &writing, NULL, NULL));
    return 0;
}
