/* What does bind say to an address that no interface has? */
#include "check.h"

int main(void) {
    for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
        int fd = socket(AF_INET, type, 0);
        struct sockaddr_in address = loopback(0);
        inet_pton(AF_INET, "192.0.2.1", &address.sin_addr);
        result("192.0.2.1", bind(fd, SA(address), sizeof address));
        inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
        result("127.0.0.1 after that", bind(fd, SA(address), sizeof address));
        close(fd);
        fd = socket(AF_INET6, type, 0);
        struct sockaddr_in6 address6 = loopback6(0);
        inet_pton(AF_INET6, "2001:db8::1", &address6.sin6_addr);
        result("2001:db8::1", bind(fd, SA(address6), sizeof address6));
        close(fd);
    }
    return 0;
}
