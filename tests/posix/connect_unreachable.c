/* What does connect say to addresses that no TCP connection can have? */
#include "check.h"

static void try(const char *host, int type) {
    int fd = socket(AF_INET, type, 0);
    struct sockaddr_in address = loopback(9);
    inet_pton(AF_INET, host, &address.sin_addr);
    result(host, connect(fd, SA(address), sizeof address));
    close(fd);
}

int main(void) {
    try("255.255.255.255", SOCK_STREAM);
    try("224.0.0.1", SOCK_STREAM);
    try("255.255.255.255", SOCK_DGRAM);
    return 0;
}
