/* Is everything as before after 1000 sockets were opened and closed? */
#include "check.h"

int main(void) {
    int base = lowest_free();
    int listening = listener();
    int opened = 0, connected = 0;
    for (int i = 0; i < 1000; i++) {
        int fd = socket(i % 2 ? AF_INET : AF_INET6, i % 3 ? SOCK_STREAM : SOCK_DGRAM, 0);
        opened += fd == base + 1;
        close(fd);
    }
    for (int i = 0; i < 100; i++) {
        int client = client_of(port_of(listening));
        int server = accepted_by(listening);
        connected += client == base + 1 && server == base + 2;
        close(client);
        close(server);
    }
    say("opened at the same number", "%d", opened);
    say("connected at the same numbers", "%d", connected);
    close(listening);
    say("the lowest number is the same", "%s", YES_NO(lowest_free() == base));
    return 0;
}
