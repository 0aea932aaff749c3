/* How does a listener on [::] see a client that comes by IPv4? */
#include "check.h"

int main(void) {
    int listening = socket(AF_INET6, SOCK_STREAM, 0);
    int off = 0;
    must(setsockopt(listening, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0);
    struct sockaddr_in6 any = loopback6(0);
    any.sin6_addr = in6addr_any;
    result("bind", bind(listening, SA(any), sizeof any));
    result("listen", listen(listening, 5));
    int port = port_of(listening);
    client_of(port);
    int server = accepted_by(listening);
    struct sockaddr_storage address = peer_of(server);
    say("peer of the IPv4 client", "%s", host_in(&address));
    address = local_of(server);
    say("local", "%s", host_in(&address));
    int client = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 to = loopback6(port);
    result("connect by IPv6", connect(client, SA(to), sizeof to));
    server = accepted_by(listening);
    address = peer_of(server);
    say("peer of the IPv6 client", "%s", host_in(&address));
    return 0;
}
