/* An HTTP/1.1 client and a UDP query, as one writes them for Linux: http HOST PORT PATH UDP_PORT */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void wait_until(int fd, int writable) {
    fd_set set;
    struct timeval limit = {.tv_sec = 5};
    FD_ZERO(&set);
    FD_SET(fd, &set);
    int ready = select(fd + 1, writable ? NULL : &set, writable ? &set : NULL, NULL, &limit);
    if (ready < 0) fail("select");
    if (ready == 0) {
        errno = ETIMEDOUT;
        fail("select");
    }
}

/* A non-blocking connection to the first address that takes it. */
static int connect_to(const char *host, const char *port) {
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *list;
    int error = getaddrinfo(host, port, &hints, &list);
    if (error) {
        fprintf(stderr, "%s: %s\n", host, gai_strerror(error));
        exit(1);
    }
    for (struct addrinfo *entry = list; entry; entry = entry->ai_next) {
        int fd = socket(entry->ai_family, entry->ai_socktype, 0);
        if (fd < 0) fail("socket");
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
        if (connect(fd, entry->ai_addr, entry->ai_addrlen) == 0 || errno == EINPROGRESS) {
            int problem = 0;
            socklen_t size = sizeof problem;
            wait_until(fd, 1);
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size);
            if (problem == 0) {
                freeaddrinfo(list);
                return fd;
            }
            errno = problem;
        }
        close(fd);
    }
    fail("connect");
    return -1;
}

static void send_all(int fd, const char *data, size_t size) {
    while (size > 0) {
        ssize_t n = send(fd, data, size, 0);
        if (n < 0 && errno != EAGAIN) fail("send");
        if (n < 0) {
            wait_until(fd, 1);
            continue;
        }
        data += n;
        size -= (size_t)n;
    }
}

/* Receives until the other side closes; the caller frees. */
static char *receive_all(int fd, size_t *size) {
    size_t room = 4096;
    char *data = malloc(room);
    *size = 0;
    while (data) {
        ssize_t n = recv(fd, data + *size, room - *size - 1, 0);
        if (n == 0) break;
        if (n < 0 && errno != EAGAIN) fail("recv");
        if (n < 0) wait_until(fd, 0);
        if (n > 0) *size += (size_t)n;
        if (room - *size < 2048) data = realloc(data, room *= 2);
    }
    if (!data) fail("malloc");
    data[*size] = 0;
    return data;
}

static void get(const char *host, const char *port, const char *path) {
    char request[512];
    size_t size;
    int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s:%s\r\nConnection: close\r\n\r\n", path, host, port);
    int fd = connect_to(host, port);
    send_all(fd, request, (size_t)length);
    char *answer = receive_all(fd, &size), *body = strstr(answer, "\r\n\r\n");
    close(fd);
    if (!body) {
        fprintf(stderr, "no answer of HTTP: %zu bytes\n", size);
        exit(1);
    }
    int headers = -1;
    for (char *line = answer; line < body + 2; line = strstr(line, "\r\n") + 2) {
        headers++;
        if (strncasecmp(line, "Content-Length:", 15) == 0) printf("  length announced  %ld\n", atol(line + 15));
    }
    unsigned long sum = 5381;
    size -= (size_t)(body + 4 - answer);
    for (size_t i = 0; i < size; i++) sum = (sum * 33 + (unsigned char)body[4 + i]) & 0xffffffff;
    printf("  status            %.*s\n", (int)strcspn(answer, "\r"), answer);
    printf("  headers           %d\n  body              %zu bytes, checksum %08lx\n", headers, size, sum);
    free(answer);
}

static void query(int port) {
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)}, from;
    socklen_t size = sizeof from;
    char answer[64];
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (sendto(fd, "what is the time?", 17, 0, (struct sockaddr *)&server, sizeof server) < 0) fail("sendto");
    wait_until(fd, 0);
    ssize_t n = recvfrom(fd, answer, sizeof answer, 0, (struct sockaddr *)&from, &size);
    if (n < 0) fail("recvfrom");
    printf("  datagram          \"%.*s\", from the server: %s\n", (int)n, answer, from.sin_port == server.sin_port ? "yes" : "no");
    close(fd);
}

int main(int argc, char **argv) {
    if (argc < 5) {
        fprintf(stderr, "usage: http HOST PORT PATH UDP_PORT\n");
        return 2;
    }
    printf("GET http://%s:%s%s\n", argv[1], argv[2], argv[3]);
    get(argv[1], argv[2], argv[3]);
    printf("UDP to port %s\n", argv[4]);
    query(atoi(argv[4]));
    return 0;
}
