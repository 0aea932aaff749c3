/* What does getaddrinfo answer without a host, with and without AI_PASSIVE? */
#include "names.h"

int main(void) {
    look_up(NULL, "80", 0, AF_INET, SOCK_STREAM, 0);
    look_up(NULL, "80", AI_PASSIVE, AF_INET, SOCK_STREAM, 0);
    look_up(NULL, "80", 0, AF_INET6, SOCK_STREAM, 0);
    look_up(NULL, "80", AI_PASSIVE, AF_INET6, SOCK_DGRAM, 0);
    look_up(NULL, NULL, AI_PASSIVE, AF_INET, SOCK_STREAM, 0);
    struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *list;
    must(getaddrinfo(NULL, "0", &hints, &list) == 0);
    int fd = socket(list->ai_family, list->ai_socktype, list->ai_protocol);
    result("bind to it", bind(fd, list->ai_addr, list->ai_addrlen));
    result("listen", listen(fd, 1));
    int client = socket(AF_INET, SOCK_STREAM, 0);
    result("connect", connect_to(client, port_of(fd)));
    freeaddrinfo(list);
    return 0;
}
