/* What does accept say when nobody is waiting, and after somebody was? */
#include "check.h"

int main(void) {
    int listening = listener();
    set_nonblocking(listening, true);
    result("nobody", accept(listening, NULL, NULL));
    int client = client_of(port_of(listening));
    events("listener", wait_for(listening, POLLIN));
    int server = done("somebody", accept(listening, NULL, NULL));
    result("nobody again", accept(listening, NULL, NULL));
    events("listener again", ready(listening, POLLIN));
    close(server);
    close(client);
    close(listening);
    return 0;
}
