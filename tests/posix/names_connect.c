/* Can what getaddrinfo found be connected to? */
#include "names.h"

int main(void) {
    int listening = listener();
    char port[8];
    snprintf(port, sizeof port, "%d", port_of(listening));
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *list;
    must(getaddrinfo("localhost", port, &hints, &list) == 0);
    int fd = socket(list->ai_family, list->ai_socktype, list->ai_protocol);
    result("connect", connect(fd, list->ai_addr, list->ai_addrlen));
    freeaddrinfo(list);
    int server = accepted_by(listening);
    write_text(fd, "hello");
    char text[8];
    received("received", recv(server, text, 5, MSG_WAITALL), text);
    struct sockaddr_storage peer = peer_of(fd);
    say("getpeername", "%s", host_in(&peer));
    return 0;
}
