/* Opens and closes sockets and pipes of each kind: churn ROUNDS. Descriptors are the same ones in each round. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void check(int ok, const char *what) {
    if (ok) return;
    perror(what);
    exit(1);
}

static int bound(int type, struct sockaddr_in *address) {
    socklen_t length = sizeof *address;
    int fd = socket(AF_INET, type, 0);
    memset(address, 0, sizeof *address);
    address->sin_family = AF_INET;
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(fd >= 0, "socket");
    check(bind(fd, (struct sockaddr *)address, sizeof *address) == 0, "bind");
    check(getsockname(fd, (struct sockaddr *)address, &length) == 0, "getsockname");
    return fd;
}

static void pass(int from, int to) {
    char bytes[512] = "to and fro";
    check(write(from, bytes, sizeof bytes) == (ssize_t)sizeof bytes, "write");
    check(read(to, bytes, sizeof bytes) > 0, "read");
}

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : 1;
    for (int i = 0; i < rounds; i++) {
        struct sockaddr_in address;
        int pipes[2];
        int listener = bound(SOCK_STREAM, &address);
        check(listen(listener, 1) == 0, "listen");
        int client = socket(AF_INET, SOCK_STREAM, 0);
        check(connect(client, (struct sockaddr *)&address, sizeof address) == 0, "connect");
        int server = accept(listener, NULL, NULL);
        check(server >= 0, "accept");
        pass(client, server);
        int other = dup(server);
        close(listener);
        close(client);
        close(server);
        close(other);

        int receiver = bound(SOCK_DGRAM, &address);
        int sender = socket(AF_INET, SOCK_DGRAM, 0);
        check(connect(sender, (struct sockaddr *)&address, sizeof address) == 0, "connect");
        pass(sender, receiver);
        close(sender);
        close(receiver);

        check(pipe(pipes) == 0, "pipe");
        pass(pipes[1], pipes[0]);
        close(pipes[0]);
        close(pipes[1]);
        check(pipes[1] < 16, "a low number");
    }
    puts("done");
    return 0;
}
