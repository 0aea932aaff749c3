/* Does a client that is bound connect from its port? */
#include "check.h"

int main(void) {
    int listening = listener();
    int client = bound(SOCK_STREAM);
    int port = port_of(client);
    result("connect", connect_to(client, port_of(listening)));
    say("the port stays", "%s", YES_NO(port_of(client) == port));
    struct sockaddr_storage local = local_of(client);
    say("local", "%s", host_in(&local));
    int server = accepted_by(listening);
    struct sockaddr_storage peer = peer_of(server);
    say("the peer sees it", "%s", YES_NO(port_in(&peer) == port));
    return 0;
}
