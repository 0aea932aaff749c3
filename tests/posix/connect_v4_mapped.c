/* Can an IPv6 socket connect to an IPv4 listener through a mapped address? */
#include "check.h"

int main(void) {
    int listening = listener();
    int client = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 to = loopback6(port_of(listening));
    inet_pton(AF_INET6, "::ffff:127.0.0.1", &to.sin6_addr);
    result("connect", connect(client, SA(to), sizeof to));
    struct sockaddr_storage address = peer_of(client);
    say("peer", "%s", host_in(&address));
    address = local_of(client);
    say("local", "%s", host_in(&address));
    int server = accepted_by(listening);
    address = peer_of(server);
    say("the server's peer", "%s", host_in(&address));
    int other = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 plain = loopback6(port_of(listening));
    result("::1 on that port", connect(other, SA(plain), sizeof plain));
    return 0;
}
