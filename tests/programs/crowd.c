/* Both sides of many connections that are open at the same time. The server (no argument) prints its port, accepts until
 * COUNT are open, echoes on each what comes, and ends when all have gone; the client (PORT) opens them, and only when the
 * server has them all, sends to each and reads the echo. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef COUNT
#define COUNT 5000
#endif

static struct pollfd fds[COUNT + 1];

static int serve(void) {
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fds[0].fd = socket(AF_INET, SOCK_STREAM, 0);
    fds[0].events = POLLIN;
    if (bind(fds[0].fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fds[0].fd, COUNT) < 0) return 3;
    getsockname(fds[0].fd, (struct sockaddr *)&address, &length);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    int held = 0, gone = 0;
    long echoed = 0;
    while (held < COUNT) {
        int fd = accept(fds[0].fd, NULL, NULL);
        if (fd < 0) return 4;
        held++;
        fds[held].fd = fd;
        fds[held].events = POLLIN;
    }
    if (write(fds[1].fd, "!", 1) != 1) return 5;
    while (gone < COUNT) {
        if (poll(fds, COUNT + 1, -1) <= 0) return 6;
        for (int i = 1; i <= COUNT; i++) {
            if (!fds[i].revents) continue;
            char text[64];
            ssize_t n = read(fds[i].fd, text, sizeof text);
            if (n > 0) {
                if (write(fds[i].fd, text, (size_t)n) != n) return 7;
                echoed += n;
                continue;
            }
            close(fds[i].fd);
            fds[i].fd = -1;
            gone++;
        }
    }
    printf("held %d, echoed %ld bytes\n", held, echoed);
    return 0;
}

static int ask(int port) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    static int sockets[COUNT];
    char text[16], answer[16];
    for (int i = 0; i < COUNT; i++) {
        sockets[i] = socket(AF_INET, SOCK_STREAM, 0);
        if (sockets[i] < 0 || connect(sockets[i], (struct sockaddr *)&address, sizeof address) < 0) return 3;
    }
    /* The server has them all. */
    if (read(sockets[0], answer, 1) != 1) return 4;
    int right = 0;
    for (int i = 0; i < COUNT; i++) {
        snprintf(text, sizeof text, "%08d", i);
        if (write(sockets[i], text, 8) != 8) return 5;
    }
    for (int i = 0; i < COUNT; i++) {
        snprintf(text, sizeof text, "%08d", i);
        right += recv(sockets[i], answer, 8, MSG_WAITALL) == 8 && !memcmp(text, answer, 8);
    }
    for (int i = 0; i < COUNT; i++) close(sockets[i]);
    printf("%d of %d\n", right, COUNT);
    return 0;
}

int main(int argc, char **argv) {
    return argc < 2 ? serve() : ask(atoi(argv[1]));
}
