/* Does IPV6_V6ONLY keep IPv4 clients away, and leave the port to IPv4? */
#include "check.h"

int main(void) {
    int listening = socket(AF_INET6, SOCK_STREAM, 0);
    int on = 1;
    must(setsockopt(listening, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0);
    /* A port that IPv4 has no memory of either, such as a connection that has just ended. */
    struct sockaddr_in6 any = loopback6(dead_port());
    any.sin6_addr = in6addr_any;
    must(bind(listening, SA(any), sizeof any) == 0 && listen(listening, 5) == 0);
    int port = port_of(listening);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    result("connect by IPv4", connect_to(client, port));
    int other = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = loopback(port);
    result("bind by IPv4", bind(other, SA(address), sizeof address));
    result("listen by IPv4", listen(other, 5));
    client = socket(AF_INET, SOCK_STREAM, 0);
    result("connect by IPv4 again", connect_to(client, port));
    done("accept", accept(other, NULL, NULL));
    int mapped = socket(AF_INET6, SOCK_STREAM, 0);
    must(setsockopt(mapped, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0);
    struct sockaddr_in6 to = loopback6(port);
    inet_pton(AF_INET6, "::ffff:127.0.0.1", &to.sin6_addr);
    result("connect a V6ONLY socket to a mapped address", connect(mapped, SA(to), sizeof to));
    result("set V6ONLY after bind", setsockopt(listening, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on));
    return 0;
}
