/* Asks the calls that Emscripten before 6.0.2 compiles in as stubs: PORT of a peer that reads to the end and then answers.
 * fcntl and ioctl, which standalone wasm has as stubs too, and a descriptor that is no socket. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "names.h"

static void option(int fd, int level, int name, const char *what) {
    int value = 1, got = -1;
    socklen_t length = sizeof got;
    int set = setsockopt(fd, level, name, &value, sizeof value);
    printf("set %s: %d %s\n", what, set, set < 0 ? errno_name(errno) : "");
    int asked = getsockopt(fd, level, name, &got, &length);
    printf("get %s: %d %d\n", what, asked, got != 0);
}

int main(int argc, char **argv) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    option(fd, SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR");
    option(fd, IPPROTO_TCP, TCP_NODELAY, "TCP_NODELAY");
    printf("short: %d\n", setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &fd, 1));
    printf("%s\n", errno_name(errno));
    struct timeval timeout = {20, 500000}, got = {0, 0};
    socklen_t length = sizeof got;
    printf("set SO_RCVTIMEO: %d\n", setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout));
    int asked = getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &got, &length);
    printf("get SO_RCVTIMEO: %d %d.%06d\n", asked, (int)got.tv_sec, (int)got.tv_usec);
    int other = socket(AF_INET, SOCK_STREAM, 0);
    int answered = shutdown(other, SHUT_WR);
    printf("unconnected: %d %s\n", answered, errno_name(errno));
    close(other);
    answered = shutdown(99, SHUT_WR);
    printf("no descriptor: %d %s\n", answered, errno_name(errno));

    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)atoi(argc > 1 ? argv[1] : "0"));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) return 2;
    send(fd, "to the end", 10, 0);
    printf("shutdown: %d\n", shutdown(fd, SHUT_WR));
    char answer[64] = "";
    size_t size = 0;
    ssize_t n;
    while ((n = recv(fd, answer + size, sizeof answer - 1 - size, 0)) > 0) size += (size_t)n;
    printf("%s, then %d\n", answer, (int)n);

    printf("O_NONBLOCK: %d\n", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    printf("O_NONBLOCK: %d\n", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    int waiting = -1;
    answered = ioctl(fd, FIONREAD, &waiting);
    printf("FIONREAD: %d %d\n", answered, waiting);
    close(fd);
    answered = shutdown(fd, SHUT_RDWR);
    printf("closed: %d %s\n", answered, errno_name(errno));
    return 0;
}
