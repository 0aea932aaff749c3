/* Do clients connect, write and find an answer before and after somebody accepts them? */
#include "check.h"

enum { CLIENTS = 5 };

int main(void) {
    int listening = bound(SOCK_STREAM);
    must(listen(listening, CLIENTS) == 0);
    int clients[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = client_of(port_of(listening));
        char letter = (char)('a' + i);
        must(write(clients[i], &letter, 1) == 1);
    }
    for (int i = 0; i < CLIENTS; i++) {
        int server = accept(listening, NULL, NULL);
        char letter = '?';
        must(read_exactly(server, &letter, 1) == 1);
        say("accepted", "%c", letter);
        must(write(server, "!", 1) == 1);
        close(server);
    }
    set_nonblocking(listening, true);
    result("no more", accept(listening, NULL, NULL));
    for (int i = 0; i < CLIENTS; i++) {
        char text[4];
        say("client", "%s", read_to_end(clients[i], text, sizeof text));
    }
    return 0;
}
