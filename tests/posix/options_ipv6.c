/* Which values do the options of IPPROTO_IPV6 take? */
#include "options.h"

int main(void) {
    int fd = socket(AF_INET6, SOCK_DGRAM, 0), values[] = {1, 255, 0, -1, 256, -2};
    for (int i = 0; i < 6; i++) {
        set_and_get("IPV6_UNICAST_HOPS", fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, values[i]);
        set_and_get("IPV6_MULTICAST_HOPS", fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, values[i]);
    }
    set_and_get("IPV6_MULTICAST_LOOP", fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
    set_and_get("IPV6_MULTICAST_LOOP", fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 2);
    set_and_get("IPV6_V6ONLY", fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    set_and_get("IPV6_V6ONLY", fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    char byte = 1;
    result("one byte", setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &byte, 1));
    struct sockaddr_in6 address = loopback6(0);
    must(bind(fd, SA(address), sizeof address) == 0);
    set_and_get("IPV6_V6ONLY once it is bound", fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    set_and_get("IPV6_UNICAST_HOPS once it is bound", fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 3);
    return 0;
}
