/* Which addresses does localhost have? */
#include "names.h"

int main(void) {
    look_up("localhost", "80", 0, AF_INET, SOCK_STREAM, 0);
    look_up("localhost", "80", 0, AF_INET, SOCK_DGRAM, 0);
    look_up("LOCALHOST", "80", 0, AF_INET, SOCK_STREAM, 0);
    look_up("127.0.0.1", "80", AI_CANONNAME, AF_INET, SOCK_STREAM, 0);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    must(getaddrinfo("localhost", "80", &hints, &list) == 0);
    bool loopback = true;
    for (struct addrinfo *one = list; one; one = one->ai_next) {
        struct sockaddr_storage address;
        memcpy(&address, one->ai_addr, one->ai_addrlen);
        loopback &= !strcmp(host_in(&address), "127.0.0.1") || !strcmp(host_in(&address), "::1");
    }
    say("of any family, all are loopback", "%s", YES_NO(loopback));
    freeaddrinfo(list);
    return 0;
}
