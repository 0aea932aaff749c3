/* The smallest client: PORT of a TCP echo. Says a line and prints what comes back. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)atoi(argc > 1 ? argv[1] : "0"));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) return 2;
    const char *line = "there and back";
    char answer[64] = "";
    size_t got = 0;
    send(fd, line, strlen(line), 0);
    while (got < strlen(line)) {
        ssize_t n = recv(fd, answer + got, sizeof answer - 1 - got, 0);
        if (n <= 0) return 3;
        got += (size_t)n;
    }
    close(fd);
    printf("fd %d: %s\n", fd, answer);
    return 4;
}
