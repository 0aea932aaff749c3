/* What does connect say on sockets that are connected, or were? */
#include "check.h"

int main(void) {
    int listening = listener();
    int port = port_of(listening);
    int client = client_of(port);
    int server = accepted_by(listening);
    result("client", connect_to(client, port));
    result("server", connect_to(server, port));
    close(server);
    must(wait_for(client, POLLIN) & POLLIN);
    result("client whose peer has left", connect_to(client, port));
    return 0;
}
