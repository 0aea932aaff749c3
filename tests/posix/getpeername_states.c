/* In which states does a socket have a peer's name? */
#include "check.h"

static void peer(const char *what, int fd) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    result(what, getpeername(fd, SA(address), &length));
}

int main(void) {
    int listening = listener();
    peer("new", socket(AF_INET, SOCK_STREAM, 0));
    peer("bound", bound(SOCK_STREAM));
    peer("listening", listening);
    peer("UDP", bound(SOCK_DGRAM));
    int client = client_of(port_of(listening));
    int server = accepted_by(listening);
    peer("connected", client);
    peer("accepted", server);
    must(shutdown(client, SHUT_WR) == 0);
    char byte;
    must(read(server, &byte, 1) == 0);
    peer("after shutdown for writing", client);
    peer("after the peer's end", server);
    struct sockaddr_storage address;
    socklen_t length = 2;
    memset(&address, 0xee, sizeof address);
    result("with room for 2", getpeername(server, SA(address), &length));
    say("length", "%d", (int)length);
    close(server);
    wait_for(client, POLLIN);
    peer("after both", client);
    struct ends ends = tcp_ends();
    struct linger now = {1, 0};
    must(setsockopt(ends.server, SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0);
    close(ends.server);
    must(wait_for(ends.client, POLLIN));
    peer("after a reset", ends.client);
    return 0;
}
