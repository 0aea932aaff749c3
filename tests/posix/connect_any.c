/* Where does a connect to 0.0.0.0 or [::] go? */
#include "check.h"

int main(void) {
    int listening = listener();
    int client = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in any = loopback(port_of(listening));
    any.sin_addr.s_addr = htonl(INADDR_ANY);
    result("0.0.0.0", connect(client, SA(any), sizeof any));
    struct sockaddr_storage address = peer_of(client);
    say("peer", "%s", host_in(&address));
    address = local_of(client);
    say("local", "%s", host_in(&address));

    int listening6 = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 here = loopback6(0);
    must(bind(listening6, SA(here), sizeof here) == 0 && listen(listening6, 5) == 0);
    client = socket(AF_INET6, SOCK_STREAM, 0);
    here = loopback6(port_of(listening6));
    here.sin6_addr = in6addr_any;
    result("[::]", connect(client, SA(here), sizeof here));
    address = peer_of(client);
    say("peer", "%s", host_in(&address));
    return 0;
}
