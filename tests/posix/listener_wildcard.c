/* Which addresses do a listener on 0.0.0.0 and its connections have? */
#include "check.h"

int main(void) {
    int listening = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in any = loopback(0);
    any.sin_addr.s_addr = htonl(INADDR_ANY);
    must(bind(listening, SA(any), sizeof any) == 0 && listen(listening, 5) == 0);
    struct sockaddr_storage address = local_of(listening);
    say("listener", "%s", host_in(&address));
    int client = client_of(port_of(listening));
    int server = accepted_by(listening);
    address = local_of(server);
    say("accepted, local", "%s", host_in(&address));
    say("its port is the listener's", "%s", YES_NO(port_in(&address) == port_of(listening)));
    address = peer_of(server);
    say("accepted, peer", "%s", host_in(&address));
    say("its peer's port is the client's", "%s", YES_NO(port_in(&address) == port_of(client)));
    int other = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in taken = loopback(port_of(listening));
    result("bind 127.0.0.1 on the same port", bind(other, SA(taken), sizeof taken));
    return 0;
}
