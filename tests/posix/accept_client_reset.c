/* Can a connection be accepted whose client has reset it? */
#include "check.h"

int main(void) {
    int listening = listener();
    int client = client_of(port_of(listening));
    struct linger now = {1, 0};
    must(setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0);
    close(client);
    int server = done("accept", accept(listening, NULL, NULL));
    char byte;
    result("read", (long)read(server, &byte, 1));
    result("read again", (long)read(server, &byte, 1));
    return 0;
}
