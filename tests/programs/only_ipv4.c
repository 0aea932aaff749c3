/* A program that knows only IPv4: asks for the address of a name, and talks to a TCP and a UDP server there.
 *
 *   only_ipv4 NAME PORT    both at the same port; each answers what it is sent */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void show(const char *what, struct sockaddr_in address) {
    printf("%s: %s %d\n", what, inet_ntoa(address.sin_addr), ntohs(address.sin_port) != 0);
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    struct hostent *host = gethostbyname(argv[1]);
    if (!host) return puts("no such host"), 1;
    struct sockaddr_in server, other;
    memset(&server, 0, sizeof server);
    server.sin_family = AF_INET;
    server.sin_port = htons((unsigned short)atoi(argv[2]));
    memcpy(&server.sin_addr, host->h_addr_list[0], sizeof server.sin_addr);
    show("found", server);

    char bytes[6] = "";
    socklen_t length = sizeof other;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0) return perror("connect"), 1;
    if (getpeername(fd, (struct sockaddr *)&other, &length) < 0) return perror("getpeername"), 1;
    show("TCP peer", other);
    send(fd, "hello", 5, 0);
    printf("TCP: %d %s\n", (int)recv(fd, bytes, 5, MSG_WAITALL), bytes);
    close(fd);

    memset(bytes, 0, sizeof bytes);
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (sendto(fd, "again", 5, 0, (struct sockaddr *)&server, sizeof server) != 5) return perror("sendto"), 1;
    length = sizeof other;
    printf("UDP: %d ", (int)recvfrom(fd, bytes, 5, 0, (struct sockaddr *)&other, &length));
    puts(bytes);
    show("UDP peer", other);
    close(fd);
    return 0;
}
