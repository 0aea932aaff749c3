/* One side of a measurement; the other side is the same program, built for Linux, or network.mjs.
 *
 *   network listen ROLE COUNT SIZE [WINDOW]          prints "port N", then one line of result
 *   network connect PORT ROLE COUNT SIZE [WINDOW]    prints one line of result
 *
 * Roles come in pairs: send and receive (COUNT pieces of SIZE bytes), ping and pong (COUNT times SIZE bytes),
 * idle and idle (COUNT connections), udp-send and udp-receive (COUNT datagrams of SIZE bytes, an answer after each
 * WINDOW of them, or with WINDOW 0 as fast as they go), udp-echo and udp-ask (COUNT datagrams there and back, WINDOW
 * under way), echo and ask (COUNT pieces of SIZE bytes there and back, WINDOW under way). */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LARGEST 65536
#define CONNECTIONS 6000

static char buffer[LARGEST];
static int count, size, window;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void fail(const char *what) {
    printf("failed: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void write_all(int fd, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t n = send(fd, bytes, length, 0);
        if (n <= 0) fail("send");
        bytes += n;
        length -= (size_t)n;
    }
}

static void read_all(int fd, size_t length) {
    while (length > 0) {
        ssize_t n = recv(fd, buffer, length < LARGEST ? length : LARGEST, 0);
        if (n <= 0) fail("recv");
        length -= (size_t)n;
    }
}

static void do_send(int fd) {
    double start = now();
    for (int i = 0; i < count; i++) write_all(fd, buffer, (size_t)size);
    read_all(fd, 1); /* the other side has got it all */
    printf("%f bytes/s\n", (double)count * size / (now() - start));
}

static void do_receive(int fd) {
    long long left = (long long)count * size;
    double start = 0;
    while (left > 0) {
        ssize_t n = recv(fd, buffer, LARGEST, 0);
        if (n <= 0) fail("recv");
        if (start == 0) start = now();
        left -= n;
    }
    double end = now();
    write_all(fd, "x", 1);
    printf("%f bytes/s\n", (double)count * size / (end - start));
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void do_ping(int fd) {
    double *times = malloc((size_t)count * sizeof *times);
    if (!times) fail("malloc");
    for (int i = 0; i < count; i++) {
        double start = now();
        write_all(fd, buffer, (size_t)size);
        read_all(fd, (size_t)size);
        times[i] = now() - start;
    }
    qsort(times, (size_t)count, sizeof *times, ascending);
    printf("%f us\n", times[count / 2] * 1e6);
}

static void do_pong(int fd) {
    for (int i = 0; i < count; i++) {
        read_all(fd, (size_t)size);
        write_all(fd, buffer, (size_t)size);
    }
    printf("done\n");
}

/* Answers what it gets. */
static void do_echo(int fd) {
    for (;;) {
        ssize_t n = recv(fd, buffer, LARGEST, 0);
        if (n < 0) fail("recv");
        if (n == 0) break;
        write_all(fd, buffer, (size_t)n);
    }
    printf("done\n");
}

static void do_ask(int fd) {
    double start = now();
    for (int sent = 0, got = 0; got < count; got++) {
        for (; sent < count && sent - got < window; sent++) write_all(fd, buffer, (size_t)size);
        read_all(fd, (size_t)size);
    }
    printf("%f bytes/s\n", (double)count * size / (now() - start));
}

static int on_loopback(int type, int port, int listening) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, type, 0);
    if (fd < 0) fail("socket");
    if (!listening) {
        if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
        return fd;
    }
    socklen_t length = sizeof address;
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
    if (type == SOCK_STREAM && listen(fd, 1024) < 0) fail("listen");
    if (getsockname(fd, (struct sockaddr *)&address, &length) < 0) fail("getsockname");
    printf("port %d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static void do_idle(int listening, int port) {
    static int fds[CONNECTIONS];
    if (count > CONNECTIONS) fail("too many");
    int listener = listening ? on_loopback(SOCK_STREAM, 0, 1) : -1;
    double start = 0;
    for (int i = 0; i < count; i++) {
        fds[i] = listening ? accept(listener, NULL, NULL) : on_loopback(SOCK_STREAM, port, 0);
        if (fds[i] < 0) fail("accept");
        if (i == 0) start = now();
    }
    if (listening) {
        write_all(fds[count - 1], "x", 1);
        printf("%f s\n", now() - start);
        fflush(stdout);
        if (recv(fds[count - 1], buffer, 1, 0) != 0) fail("not an end");
    } else {
        read_all(fds[count - 1], 1);
        printf("%f s\n", now() - start);
    }
    for (int i = 0; i < count; i++) close(fds[i]);
}

/* The first byte of a datagram says what it is. */
enum { DATA = 'd', END = 'e' };

static ssize_t datagram(int fd) {
    ssize_t n = recv(fd, buffer, LARGEST, 0);
    if (n <= 0) fail("recv");
    return n;
}

/* Datagrams have a number, where they have room for it. */
#define NUMBERED(size) ((size_t)(size) > sizeof(int))

static void udp_receive(int fd) {
    int received = 0, ended = 0, number = 0, highest = 0, overtaken = 0;
    double start = 0, end = 0;
    while (!ended) {
        datagram(fd);
        if (start == 0) start = now();
        if (buffer[0] == END) {
            ended = 1;
        } else {
            end = now();
            received++;
            if (NUMBERED(size)) memcpy(&number, buffer + 1, sizeof number);
            if (number < highest) overtaken++;
            else highest = number;
            if (window > 0 && received % window == 0 && send(fd, "a", 1, 0) != 1) fail("ack");
        }
    }
    if (send(fd, "a", 1, 0) != 1) fail("ack");
    printf("%f datagrams/s %d of %d, %d overtaken\n", received / (end - start), received, count, overtaken);
}

static void udp_send(int fd) {
    buffer[0] = DATA;
    double start = now();
    for (int sent = 0; sent < count;) {
        if (NUMBERED(size)) memcpy(buffer + 1, &sent, sizeof sent);
        if (send(fd, buffer, (size_t)size, 0) != size) fail("send");
        sent++;
        if (window > 0 && sent % window == 0) {
            datagram(fd);
            buffer[0] = DATA;
        }
    }
    double end = now();
    struct pollfd answered = {.fd = fd, .events = POLLIN};
    do {
        if (send(fd, "e", 1, 0) != 1) fail("end");
    } while (poll(&answered, 1, 100) == 0);
    printf("%f datagrams/s\n", count / (end - start));
}

/* Answers everybody, and tells nothing. */
static void udp_echo(int fd) {
    for (;;) {
        struct sockaddr_in peer;
        socklen_t length = sizeof peer;
        ssize_t n = recvfrom(fd, buffer, LARGEST, 0, (struct sockaddr *)&peer, &length);
        if (n <= 0) fail("recvfrom");
        if (sendto(fd, buffer, (size_t)n, 0, (struct sockaddr *)&peer, length) != n) fail("sendto");
        if (buffer[0] == END) break;
    }
    printf("done\n");
}

static void udp_ask(int fd) {
    struct pollfd answered = {.fd = fd, .events = POLLIN};
    int got = 0, under_way = 0;
    double start = now();
    while (got < count) {
        buffer[0] = DATA;
        for (; under_way < window; under_way++) {
            if (send(fd, buffer, (size_t)size, 0) != size) fail("send");
        }
        /* What is not back by then is lost. */
        if (poll(&answered, 1, 200) == 0) {
            under_way = 0;
            continue;
        }
        datagram(fd);
        got++;
        under_way--;
    }
    double end = now();
    for (int ended = 0; !ended;) {
        buffer[0] = END;
        if (send(fd, buffer, 1, 0) != 1) fail("end");
        while (!ended && poll(&answered, 1, 200) != 0) {
            datagram(fd);
            ended = buffer[0] == END;
        }
    }
    printf("%f datagrams/s\n", got / (end - start));
}

int main(int argc, char **argv) {
    if (argc < 5) return 2;
    int listening = strcmp(argv[1], "listen") == 0, port = 0;
    if (!listening) port = atoi(*(++argv + 1)), argc--;
    const char *role = argv[2];
    count = atoi(argv[3]);
    size = atoi(argv[4]);
    window = argc > 5 ? atoi(argv[5]) : 0;
    if (size > LARGEST) return 2;
    if (strcmp(role, "idle") == 0) {
        do_idle(listening, port);
        return 0;
    }
    int udp = strncmp(role, "udp-", 4) == 0;
    int fd = on_loopback(udp ? SOCK_DGRAM : SOCK_STREAM, port, listening);
    if (udp) {
        struct sockaddr_in peer;
        socklen_t length = sizeof peer;
        if (strcmp(role, "udp-echo") == 0 || strcmp(role, "udp-ask") == 0) {
        } else if (!listening) {
            if (send(fd, "h", 1, 0) != 1) fail("hello");
        } else if (recvfrom(fd, buffer, LARGEST, 0, (struct sockaddr *)&peer, &length) != 1 ||
                   connect(fd, (struct sockaddr *)&peer, length) < 0) {
            fail("hello");
        }
    } else if (listening && (fd = accept(fd, NULL, NULL)) < 0) {
        fail("accept");
    }
    if (strcmp(role, "send") == 0) do_send(fd);
    else if (strcmp(role, "receive") == 0) do_receive(fd);
    else if (strcmp(role, "ping") == 0) do_ping(fd);
    else if (strcmp(role, "pong") == 0) do_pong(fd);
    else if (strcmp(role, "echo") == 0) do_echo(fd);
    else if (strcmp(role, "ask") == 0) do_ask(fd);
    else if (strcmp(role, "udp-send") == 0) udp_send(fd);
    else if (strcmp(role, "udp-receive") == 0) udp_receive(fd);
    else if (strcmp(role, "udp-echo") == 0) udp_echo(fd);
    else if (strcmp(role, "udp-ask") == 0) udp_ask(fd);
    else return 2;
    return 0;
}
