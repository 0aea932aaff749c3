/* Which families and lengths of an address does bind take? */
#include "check.h"

static void try(const char *what, int family, const void *address, socklen_t length) {
    int fd = socket(family, SOCK_STREAM, 0);
    result(what, bind(fd, address, length));
    close(fd);
}

int main(void) {
    struct sockaddr_in v4 = loopback(0), any = loopback(0);
    struct sockaddr_in6 v6 = loopback6(0);
    any.sin_addr.s_addr = htonl(INADDR_ANY);
    try("IPv4", AF_INET, &v4, sizeof v4);
    try("IPv6", AF_INET6, &v6, sizeof v6);
    try("IPv4 with one byte less", AF_INET, &v4, sizeof v4 - 1);
    try("IPv4 with length 0", AF_INET, &v4, 0);
    try("IPv4 with length 2", AF_INET, &v4, 2);
    try("IPv6 with the length of IPv4", AF_INET6, &v6, sizeof v4);
    try("IPv6 address, IPv4 socket", AF_INET, &v6, sizeof v6);
    try("IPv4 address, IPv6 socket", AF_INET6, &v4, sizeof v4);
    v4.sin_family = any.sin_family = AF_UNSPEC;
    try("no family, any address", AF_INET, &any, sizeof any);
    try("no family, an address", AF_INET, &v4, sizeof v4);
    v4.sin_family = 77;
    try("family 77", AF_INET, &v4, sizeof v4);
    char long_one[200];
    v4.sin_family = AF_INET;
    memset(long_one, 0, sizeof long_one);
    memcpy(long_one, &v4, sizeof v4);
    try("length 200", AF_INET, long_one, sizeof long_one);
    try("length 128", AF_INET, long_one, 128);
    return 0;
}
