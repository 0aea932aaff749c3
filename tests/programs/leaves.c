/* Ends with its sockets open: PORT UDP_PORT WAY. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define SENT (3 << 20)

static int opened(int type, int port) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, type, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) exit(99);
    return fd;
}

int main(int argc, char **argv) {
    if (argc < 4) return 2;
    const char *way = argv[3];
    int tcp = opened(SOCK_STREAM, atoi(argv[1])), udp = opened(SOCK_DGRAM, atoi(argv[2]));
    char byte = 'x';
    send(udp, &byte, 1, 0);
    if (recv(udp, &byte, 1, 0) != 1) return 3;
    if (strncmp(way, "send", 4) == 0) {
        static unsigned char block[SENT];
        for (int i = 0; i < SENT; i++) block[i] = (unsigned char)(i * 2654435761u >> 24);
        for (int sent = 0; sent < SENT;) {
            ssize_t n = send(tcp, block + sent, (size_t)(SENT - sent), 0);
            if (n <= 0) return 4;
            sent += (int)n;
        }
    }
    printf("%s\n", way);
    if (strstr(way, "exit")) exit(8);
    return 7;
}
