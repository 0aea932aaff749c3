/* What does accept say on sockets that do not listen? */
#include "check.h"

int main(void) {
    result("new TCP", accept(socket(AF_INET, SOCK_STREAM, 0), NULL, NULL));
    result("bound TCP", accept(bound(SOCK_STREAM), NULL, NULL));
    struct ends ends = tcp_ends();
    result("connected TCP", accept(ends.client, NULL, NULL));
    result("accepted TCP", accept(ends.server, NULL, NULL));
    result("new UDP", accept(socket(AF_INET, SOCK_DGRAM, 0), NULL, NULL));
    result("bound UDP", accept(bound(SOCK_DGRAM), NULL, NULL));
    return 0;
}
