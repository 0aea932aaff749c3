// Waits for what somebody types: in a read, in a poll beside a socket, and for its end.
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void tell(const char *what, struct pollfd *polled, int timeout) {
    int ready = poll(polled, 2, timeout);
    printf("%s: %d ready, typed %d, received %d\n", what, ready, !!(polled[0].revents & POLLIN), !!(polled[1].revents & POLLIN));
    fflush(stdout);
}

int main(void) {
    char line[100];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(fd, (struct sockaddr *)&address, length) || getsockname(fd, (struct sockaddr *)&address, &length)) return 2;
    printf("name? ");
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin)) return 3;
    printf("hello %s", line);
    struct pollfd polled[2] = {{0, POLLIN, 0}, {fd, POLLIN, 0}};
    tell("nothing", polled, 100);
    sendto(fd, "x", 1, 0, (struct sockaddr *)&address, length);
    tell("a datagram", polled, -1);
    recv(fd, line, 1, 0);
    tell("a line", polled, -1);
    ssize_t count = read(0, line, sizeof line);
    printf("read %d: %.*s", (int)count, (int)count, line);
    printf("more? ");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        printf("line %s", line);
        fflush(stdout);
    }
    printf("end %d\n", feof(stdin));
    return 0;
}
