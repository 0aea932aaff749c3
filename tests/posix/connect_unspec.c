/* Does connect with AF_UNSPEC end a TCP connection, and can the socket be connected again? */
#include "check.h"

int main(void) {
    int listening = listener();
    int client = client_of(port_of(listening));
    int server = accepted_by(listening);
    struct sockaddr none;
    memset(&none, 0, sizeof none);
    none.sa_family = AF_UNSPEC;
    result("connect", connect(client, &none, sizeof none));
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    result("getpeername", getpeername(client, SA(peer), &length));
    char byte;
    result("the peer reads", (long)read(server, &byte, 1));
    result("connect again", connect_to(client, port_of(listening)));
    server = accepted_by(listening);
    write_text(client, "again");
    close(client);
    char text[8];
    say("text", "%s", read_to_end(server, text, sizeof text));
    return 0;
}
