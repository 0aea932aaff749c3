/* A UDP server: prints its port, sends each datagram back to where it came from, and ends with one that says "end". */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int main(void) {
    static char datagram[65536];
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    int count = 0;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) return 2;
    getsockname(fd, (struct sockaddr *)&address, &length);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        length = sizeof address;
        ssize_t size = recvfrom(fd, datagram, sizeof datagram, 0, (struct sockaddr *)&address, &length);
        if (size < 0) return 3;
        if (size == 3 && !memcmp(datagram, "end", 3)) break;
        if (sendto(fd, datagram, (size_t)size, 0, (struct sockaddr *)&address, length) != size) return 4;
        count++;
    }
    printf("answered %d\n", count);
    return 0;
}
