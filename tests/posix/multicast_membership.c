/* What do joining and leaving a multicast group answer? */
#include "options.h"

static int fd;

static void ask(const char *what, int name, const char *group, const char *interface) {
    struct ip_mreq request;
    must(inet_pton(AF_INET, group, &request.imr_multiaddr) == 1 && inet_pton(AF_INET, interface, &request.imr_interface) == 1);
    result(what, setsockopt(fd, IPPROTO_IP, name, &request, sizeof request));
}

int main(void) {
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    ask("join", IP_ADD_MEMBERSHIP, "239.1.2.3", "127.0.0.1");
    ask("join again", IP_ADD_MEMBERSHIP, "239.1.2.3", "127.0.0.1");
    ask("join another", IP_ADD_MEMBERSHIP, "239.1.2.4", "127.0.0.1");
    ask("leave", IP_DROP_MEMBERSHIP, "239.1.2.3", "127.0.0.1");
    ask("leave again", IP_DROP_MEMBERSHIP, "239.1.2.3", "127.0.0.1");
    ask("no group", IP_ADD_MEMBERSHIP, "127.0.0.1", "127.0.0.1");
    ask("no interface", IP_ADD_MEMBERSHIP, "239.1.2.3", "203.0.113.77");
    struct ip_mreqn numbered = {.imr_address.s_addr = htonl(INADDR_LOOPBACK)};
    must(inet_pton(AF_INET, "239.1.2.5", &numbered.imr_multiaddr) == 1);
    result("join with an ip_mreqn", setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &numbered, sizeof numbered));
    result("a short request", setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &numbered, 7));
    struct ipv6_mreq six = {.ipv6mr_interface = 0};
    must(inet_pton(AF_INET6, "::1", &six.ipv6mr_multiaddr) == 1);
    int other = socket(AF_INET6, SOCK_DGRAM, 0);
    result("IPv6, no group", setsockopt(other, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &six, sizeof six));
    result("IPv6, a short request", setsockopt(other, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &six, 8));
    must(inet_pton(AF_INET6, "ff15::77", &six.ipv6mr_multiaddr) == 1);
    result("IPv6, leave what was not joined", setsockopt(other, IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, &six, sizeof six));
    return 0;
}
