/* Which families and lengths of an address does connect take? */
#include "check.h"

static void try(const char *what, int family, int type, const void *address, socklen_t length) {
    int fd = socket(family, type, 0);
    result(what, connect(fd, address, length));
    close(fd);
}

int main(void) {
    int listening = listener();
    struct sockaddr_in v4 = loopback(port_of(listening));
    struct sockaddr_in6 v6 = loopback6(port_of(listening));
    struct sockaddr_storage padded;
    memset(&padded, 0, sizeof padded);
    for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
        say("type", "%s", type == SOCK_STREAM ? "stream" : "datagram");
        try("length 0", AF_INET, type, &v4, 0);
        try("length 1", AF_INET, type, &v4, 1);
        try("length 15", AF_INET, type, &v4, 15);
        try("IPv6 address, IPv4 socket", AF_INET, type, &v6, sizeof v6);
        try("IPv4 address, IPv6 socket", AF_INET6, type, &v4, sizeof v4);
        memcpy(&padded, &v4, sizeof v4);
        try("the same with length 128", AF_INET6, type, &padded, sizeof padded);
        try("IPv6 with length 20", AF_INET6, type, &v6, 20);
        padded.ss_family = AF_UNIX;
        try("AF_UNIX address", AF_INET, type, &padded, sizeof padded);
        try("length 129", AF_INET, type, &padded, 129);
        padded.ss_family = AF_INET;
        try("length 128", AF_INET, type, &padded, 128);
    }
    return 0;
}
