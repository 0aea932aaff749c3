/* Programs that ask again and again instead of waiting: PORT of a TCP echo. Each loop ends only if what it asks
 * for comes while it asks. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in address;
static char byte;

static int connected_by_asking(void) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
    if (errno != EINPROGRESS) return -1;
    while (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        if (errno == EISCONN) break;
        else if (errno != EALREADY && errno != EINPROGRESS) return -1;
    return fd;
}

static int connected_by_peeking_at_the_peer(void) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) return -1;
    while (send(fd, "", 0, 0) < 0)
        if (errno != EAGAIN && errno != ENOTCONN) return -1;
    return getpeername(fd, (struct sockaddr *)&peer, &length) == 0 ? fd : -1;
}

static void say(const char *what, int result) {
    if (result == 1 && byte == 'x') printf("%s: ok\n", what);
    else printf("%s: %d %d\n", what, result, errno);
    byte = 0;
}

int main(int argc, char **argv) {
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)atoi(argc > 1 ? argv[1] : "0"));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    int fd = connected_by_asking();
    printf("connected: %d\n", fd >= 0);
    printf("connected: %d\n", connected_by_peeking_at_the_peer() >= 0);
    ssize_t n;

    send(fd, "x", 1, 0);
    do n = recv(fd, &byte, 1, 0);
    while (n < 0 && errno == EAGAIN);
    say("recv", (int)n);

    send(fd, "x", 1, 0);
    do n = recv(fd, &byte, 1, MSG_DONTWAIT);
    while (n < 0 && errno == EAGAIN);
    say("recv, MSG_DONTWAIT", (int)n);

    send(fd, "x", 1, 0);
    do n = read(fd, &byte, 1);
    while (n < 0 && errno == EAGAIN);
    say("read", (int)n);

    send(fd, "x", 1, 0);
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    while (poll(&entry, 1, 0) == 0) {}
    say("poll", (int)recv(fd, &byte, 1, 0));

    send(fd, "x", 1, 0);
    for (int ready = 0; ready == 0;) {
        fd_set set;
        struct timeval now = {0, 0};
        FD_ZERO(&set);
        FD_SET(fd, &set);
        ready = select(fd + 1, &set, NULL, NULL, &now);
    }
    say("select", (int)recv(fd, &byte, 1, 0));

    /* A ring that is full empties while the program asks. */
    static char block[65536];
    long sent = 0, got = 0;
    while (got < 4L << 20) {
        if (sent < 4L << 20) {
            n = send(fd, block, sizeof block, 0);
            if (n > 0) sent += n;
            else if (errno != EAGAIN) return 3;
        }
        n = recv(fd, block, sizeof block, 0);
        if (n > 0) got += n;
        else if (errno != EAGAIN) return 4;
    }
    printf("echoed: %d\n", sent == got);
    return 0;
}
