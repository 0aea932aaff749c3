/* Are lists of addresses freed, four hundred thousand times? */
#include "names.h"

int main(void) {
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST}, *list;
    int found = 0;
    /* Each takes more than 48 bytes: what is not freed would not fit into the 16 MiB that a program has. */
    for (int i = 0; i < 400000; i++) {
        if (getaddrinfo("127.0.0.1", "80", &hints, &list) != 0) break;
        found++;
        freeaddrinfo(list);
    }
    say("found", "%d", found);
    return 0;
}
