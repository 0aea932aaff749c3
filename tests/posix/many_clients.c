/* Do 100 connections at once each get their own echo? */
#include "check.h"

enum { CLIENTS = 100 };

int main(void) {
    int listening = listener();
    int clients[CLIENTS], servers[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = client_of(port_of(listening));
        servers[i] = accepted_by(listening);
    }
    for (int i = 0; i < CLIENTS; i++) must(dprintf(clients[i], "client %02d", i) == 9);
    int open = CLIENTS, echoed = 0;
    struct pollfd polled[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) polled[i] = (struct pollfd){servers[i], POLLIN, 0};
    while (open) {
        must(poll(polled, CLIENTS, DEADLINE) > 0);
        for (int i = 0; i < CLIENTS; i++) {
            if (!polled[i].revents) continue;
            char text[16];
            must(read_exactly(polled[i].fd, text, 9) == 9);
            must(write(polled[i].fd, text, 9) == 9);
            close(polled[i].fd);
            polled[i].fd = -1;
            open--;
        }
    }
    for (int i = 0; i < CLIENTS; i++) {
        char text[16], wanted[16];
        snprintf(wanted, sizeof wanted, "client %02d", i);
        echoed += !strcmp(read_to_end(clients[i], text, sizeof text), wanted);
        close(clients[i]);
    }
    say("echoes", "%d", echoed);
    return 0;
}
