/* A client that asks one question after the other of its socket layer and prints each answer, errno
 * values by name. Nothing printed depends on time or on chance, so that two runs can be compared. */
#include "names.h"
#include "peers.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/uio.h>
#include <unistd.h>

#ifdef WITH_SLEEP
#include <emscripten.h>
#define PAUSE() emscripten_sleep(1)
#else
#define PAUSE() (void)0
#endif

#define SHOW(call) show(#call, (long)(call))

/* Prints what a call answered; errno only where it failed. */
static long show(const char *call, long result) {
    int error = errno;
    if (result < 0) printf("  %s = -1 %s\n", call, errno_name(error));
    else printf("  %s = %ld\n", call, result);
    errno = error;
    return result;
}

static void chapter(const char *title) {
    PAUSE();
    printf("%s\n", title);
}

static int connected(enum peer peer) {
    struct sockaddr_in address = peer_address(peer);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        printf("  cannot connect: %s\n", errno_name(errno));
    return fd;
}

static int wait_for(int fd, short events, int timeout) {
#ifdef WITHOUT_POLL /* then a call that blocks does the waiting */
    (void)fd, (void)timeout;
    return events;
#endif
    /* Linux tells the error of a reset a moment before it tells that there is an end to read. */
    for (int rounds = timeout;; poll(NULL, 0, 1)) {
        struct pollfd entry = {.fd = fd, .events = events};
        int count = poll(&entry, 1, timeout);
        if (count <= 0) return count;
        if ((entry.revents & events) || rounds-- <= 0) return entry.revents & events;
    }
}

static int socket_error(int fd) {
    int error = -1;
    socklen_t length = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0) return errno;
    return error;
}

/* Receives until `want` bytes are there or the other side has ended. */
static long receive_all(int fd, char *to, long want) {
    long got = 0;
    while (got < want) {
        ssize_t n = recv(fd, to + got, (size_t)(want - got), 0);
        if (n < 0) return -1;
        if (n == 0) break;
        got += n;
    }
    return got;
}

static void names(void) {
    chapter("names");
    struct addrinfo hints, *list = NULL;
    char text[INET6_ADDRSTRLEN];
    memset(&hints, 0, sizeof hints);
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_STREAM;

    int error = getaddrinfo("localhost", "80", &hints, &list);
    printf("  localhost: %s\n", eai_name(error));
    if (error == 0) {
        struct sockaddr_in *address = (struct sockaddr_in *)list->ai_addr;
        printf("    %s port %d socktype %d\n", inet_ntop(AF_INET, &address->sin_addr, text, sizeof text),
               ntohs(address->sin_port), list->ai_socktype == SOCK_STREAM);
        freeaddrinfo(list);
    }
    error = getaddrinfo("127.1.2.3", "443", &hints, &list);
    printf("  numeric: %s\n", eai_name(error));
    if (error == 0) {
        struct sockaddr_in *address = (struct sockaddr_in *)list->ai_addr;
        printf("    %s port %d\n", inet_ntop(AF_INET, &address->sin_addr, text, sizeof text), ntohs(address->sin_port));
        freeaddrinfo(list);
    }
    hints.ai_family = AF_INET6;
    error = getaddrinfo("::1", "443", &hints, &list);
    printf("  numeric IPv6: %s\n", eai_name(error));
    if (error == 0) {
        struct sockaddr_in6 *address = (struct sockaddr_in6 *)list->ai_addr;
        printf("    %s port %d\n", inet_ntop(AF_INET6, &address->sin6_addr, text, sizeof text), ntohs(address->sin6_port));
        freeaddrinfo(list);
    }
    hints.ai_family = AF_INET;
    hints.ai_flags = AI_NUMERICHOST;
    printf("  a name where a number is asked for: %s\n", eai_name(getaddrinfo("localhost", NULL, &hints, &list)));

    struct hostent *host = gethostbyname("localhost");
    printf("  gethostbyname: %s\n", host ? inet_ntop(host->h_addrtype, host->h_addr_list[0], text, sizeof text) : "none");
}

static void blocking_echo(void) {
    chapter("blocking TCP");
    char buffer[64] = "";
    int fd = connected(ECHO), type = 0;
    socklen_t length = sizeof type;
    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length);
    printf("  fd %d, SO_TYPE is SOCK_STREAM: %d\n", fd, type == SOCK_STREAM);
    SHOW(send(fd, "hello", 5, 0));
    long got = SHOW(receive_all(fd, buffer, 5));
    printf("  got %.*s\n", (int)got, buffer);

    struct sockaddr_in local, remote, echo = peer_address(ECHO);
    length = sizeof local;
    SHOW(getsockname(fd, (struct sockaddr *)&local, &length));
    printf("    length %d, %s, port is set: %d\n", (int)length, inet_ntoa(local.sin_addr), local.sin_port != 0);
    length = sizeof remote;
    SHOW(getpeername(fd, (struct sockaddr *)&remote, &length));
    printf("    length %d, %s, port is the peer's: %d\n", (int)length, inet_ntoa(remote.sin_addr), remote.sin_port == echo.sin_port);
    SHOW(close(fd));
    SHOW(send(fd, "x", 1, 0));
}

static void greeting(void) {
    chapter("a peer that speaks and closes");
    char buffer[128] = "";
    int fd = connected(GREETING);
    long got = SHOW(receive_all(fd, buffer, sizeof buffer));
    printf("  %.*s", (int)(got < 0 ? 0 : got), buffer);
    SHOW(recv(fd, buffer, sizeof buffer, 0));
    SHOW(close(fd));
}

/* A program without glue has neither files nor fcntl nor ioctl: these chapters are not for it. Nor has it
 * poll and select where Emscripten 6 built it (WITHOUT_POLL). */
#ifndef STANDALONE
static void nonblocking(void) {
    chapter("non-blocking TCP");
    char buffer[64];
    struct sockaddr_in address = peer_address(ECHO);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    SHOW(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL, 0) | O_NONBLOCK));
    printf("  O_NONBLOCK is set: %d\n", (fcntl(fd, F_GETFL, 0) & O_NONBLOCK) != 0);
    SHOW(connect(fd, (struct sockaddr *)&address, sizeof address));
    printf("  writable: %d\n", wait_for(fd, POLLOUT, 5000) == POLLOUT);
    printf("  SO_ERROR %s\n", errno_name(socket_error(fd)));
    SHOW(recv(fd, buffer, sizeof buffer, 0));
    SHOW(send(fd, "12345", 5, 0));
    printf("  readable: %d\n", wait_for(fd, POLLIN, 5000) == POLLIN);
    int waiting = 0;
    SHOW(ioctl(fd, FIONREAD, &waiting));
    printf("  FIONREAD %d\n", waiting);
    SHOW(recv(fd, buffer, sizeof buffer, 0));
    SHOW(recv(fd, buffer, sizeof buffer, 0));

    /* FIONBIO switches it off, and a receive that has nothing to take waits again. */
    int off = 0, on = 1;
    SHOW(ioctl(fd, FIONBIO, &off));
    printf("  O_NONBLOCK is set: %d\n", (fcntl(fd, F_GETFL, 0) & O_NONBLOCK) != 0);
    SHOW(send(fd, "67", 2, 0));
    SHOW(receive_all(fd, buffer, 2));
    SHOW(ioctl(fd, FIONBIO, &on));
    SHOW(recv(fd, buffer, sizeof buffer, 0));
    SHOW(close(fd));
}

#endif /* STANDALONE */

static void refused(void) {
    chapter("nobody listens");
    struct sockaddr_in address = peer_address(REFUSED);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    SHOW(connect(fd, (struct sockaddr *)&address, sizeof address));
    printf("  SO_ERROR after it was told: %s\n", errno_name(socket_error(fd)));
    SHOW(close(fd));

#ifndef WITHOUT_POLL
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    SHOW(connect(fd, (struct sockaddr *)&address, sizeof address));
    fd_set writable;
    FD_ZERO(&writable);
    FD_SET(fd, &writable);
    struct timeval limit = {.tv_sec = 5};
    SHOW(select(fd + 1, NULL, &writable, NULL, &limit));
    printf("  SO_ERROR %s\n", errno_name(socket_error(fd)));
    printf("  once it is read: %s\n", errno_name(socket_error(fd)));
    SHOW(close(fd));
#endif
}

static void reset(void) {
    chapter("a peer that resets");
    char buffer[8];
    int fd = connected(RESET);
    SHOW(send(fd, "x", 1, 0));
    printf("  readable: %d\n", wait_for(fd, POLLIN, 5000) == POLLIN);
    SHOW(recv(fd, buffer, sizeof buffer, 0));
    SHOW(close(fd));
}

#ifndef WITHOUT_POLL
static void timeouts(void) {
    chapter("timeouts");
    int fd = connected(SILENT);
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    SHOW(poll(&entry, 1, 0));
    SHOW(poll(&entry, 1, 50));
    printf("    revents %d\n", entry.revents);
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(fd, &readable);
    struct timeval limit = {.tv_usec = 50000};
    SHOW(select(fd + 1, &readable, NULL, NULL, &limit));
    printf("    still in the set: %d\n", FD_ISSET(fd, &readable) != 0);
    SHOW(poll(NULL, 0, 10));
    entry.fd = -1;
    SHOW(poll(&entry, 1, 10));
    SHOW(close(fd));
}

#endif /* WITHOUT_POLL */

#ifndef STANDALONE
static void vectors(void) {
    chapter("read, write, readv, writev on a socket");
    char first[4] = "", second[8] = "";
    int fd = connected(ECHO);
    SHOW(write(fd, "abc", 3));
    printf("  readable: %d\n", wait_for(fd, POLLIN, 5000) == POLLIN);
    long got = SHOW(read(fd, first, sizeof first));
    printf("    %.*s\n", (int)got, first);
    struct iovec out[2] = {{"defg", 4}, {"hij", 3}}, in[2] = {{first, 4}, {second, 8}};
    SHOW(writev(fd, out, 2));
    printf("  readable: %d\n", wait_for(fd, POLLIN, 5000) == POLLIN);
    int waiting = 0;
    for (int rounds = 0; rounds < 100 && waiting < 7; rounds++)
        if (ioctl(fd, FIONREAD, &waiting) < 0 || wait_for(fd, POLLIN, 5000) != POLLIN) break;
    got = SHOW(readv(fd, in, 2));
    printf("    %.4s|%.*s\n", first, (int)(got - 4), second);
    SHOW(close(fd));
}

static void files(void) {
    chapter("files among sockets");
    char path[] = "/tmp/client-XXXXXX", buffer[32] = "";
    int file = mkstemp(path), silent = connected(SILENT), echo = connected(ECHO);
    printf("  fds %d %d %d\n", file, silent, echo);
    struct iovec out[2] = {{"in a ", 5}, {"file", 4}}, in[1] = {{buffer, sizeof buffer}};
    SHOW(writev(file, out, 2));
    SHOW(lseek(file, 0, SEEK_SET));
    long got = SHOW(readv(file, in, 1));
    printf("    %.*s\n", (int)got, buffer);
    lseek(file, 0, SEEK_SET);

    struct pollfd entries[3] = {
        {.fd = file, .events = POLLIN}, {.fd = silent, .events = POLLIN}, {.fd = echo, .events = POLLIN | POLLOUT}};
    SHOW(poll(entries, 3, 5000));
    printf("    %d %d %d\n", entries[0].revents, entries[1].revents, entries[2].revents == POLLOUT);
    fd_set readable, writable;
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_SET(file, &readable);
    FD_SET(silent, &readable);
    FD_SET(echo, &writable);
    struct timeval limit = {.tv_sec = 5};
    SHOW(select(echo + 1, &readable, &writable, NULL, &limit));
    printf("    %d %d %d\n", FD_ISSET(file, &readable) != 0, FD_ISSET(silent, &readable) != 0, FD_ISSET(echo, &writable) != 0);
    SHOW(read(file, buffer, sizeof buffer));
    SHOW(read(file, buffer, sizeof buffer));

    /* The lowest free number is the next one, whatever had it before. */
    SHOW(close(silent));
    printf("  next socket %d\n", silent = socket(AF_INET, SOCK_DGRAM, 0));
    SHOW(close(file));
    printf("  next file %d\n", file = open(path, O_RDONLY));
    SHOW(recv(file, buffer, 1, 0));
    SHOW(send(file, "x", 1, 0));
    SHOW(close(file));
    SHOW(close(silent));
    SHOW(close(echo));
    SHOW(unlink(path));
}

#endif /* STANDALONE */

static void wrong(void) {
    chapter("descriptors that are none");
    struct sockaddr_in address = peer_address(ECHO);
    char buffer[1];
    SHOW(close(99));
    SHOW(recv(99, buffer, 1, 0));
    SHOW(send(-1, buffer, 1, 0));
    SHOW(connect(99, (struct sockaddr *)&address, sizeof address));
    SHOW(write(99, "x", 1));
    SHOW(connect(1, (struct sockaddr *)&address, sizeof address));
#ifndef STANDALONE /* nobody there knows which descriptors exist */
    struct pollfd entry = {.fd = 99, .events = POLLIN};
    SHOW(poll(&entry, 1, 0));
    printf("    POLLNVAL %d\n", entry.revents == POLLNVAL);
#endif
    SHOW(socket(12345, SOCK_STREAM, 0));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    SHOW(recv(fd, buffer, 1, 0));
    SHOW(connect(fd, (struct sockaddr *)&address, 3));
    SHOW(close(fd));
}

static void udp(void) {
    chapter("UDP");
    char buffer[64] = "";
    struct sockaddr_in local, from, echo = peer_address(UDP_ECHO);
    socklen_t length = sizeof local;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    memset(&local, 0, sizeof local);
    local.sin_family = AF_INET;
    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    SHOW(bind(fd, (struct sockaddr *)&local, sizeof local));
    SHOW(getsockname(fd, (struct sockaddr *)&local, &length));
    printf("    %s, port is set: %d\n", inet_ntoa(local.sin_addr), local.sin_port != 0);
    SHOW(sendto(fd, "datagram", 8, 0, (struct sockaddr *)&echo, sizeof echo));
    /* Where nothing comes, the calls below would wait for ever. */
    if (wait_for(fd, POLLIN, 5000) != POLLIN) {
        printf("  no answer\n");
        close(fd);
        return;
    }
    length = sizeof from;
    long got = SHOW(recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &length));
    printf("    %.*s from the peer: %d, address length %d\n", (int)got, buffer,
           from.sin_port == echo.sin_port && from.sin_addr.s_addr == echo.sin_addr.s_addr, (int)length);
    SHOW(recvfrom(fd, buffer, sizeof buffer, MSG_DONTWAIT, NULL, NULL));
    SHOW(close(fd));

    fd = socket(AF_INET, SOCK_DGRAM, 0);
    SHOW(send(fd, "x", 1, 0));
    SHOW(connect(fd, (struct sockaddr *)&echo, sizeof echo));
    length = sizeof from;
    SHOW(getpeername(fd, (struct sockaddr *)&from, &length));
    SHOW(send(fd, "one", 3, 0));
    SHOW(recv(fd, buffer, sizeof buffer, 0));
    SHOW(send(fd, "two by two", 10, 0));
    SHOW(recv(fd, buffer, 3, 0)); /* the rest of the datagram is gone */
    SHOW(write(fd, "last", 4));
    SHOW(read(fd, buffer, sizeof buffer));
    SHOW(close(fd));
}

static void ipv6(void) {
    chapter("IPv6");
    char buffer[64] = "", text[INET6_ADDRSTRLEN];
    struct sockaddr_in6 address = peer_address6(ECHO6), local;
    socklen_t length = sizeof local;
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    SHOW(connect(fd, (struct sockaddr *)&address, sizeof address));
    SHOW(send(fd, "sixsix", 6, 0));
    long got = SHOW(receive_all(fd, buffer, 6));
    printf("    %.*s\n", (int)got, buffer);
    SHOW(getsockname(fd, (struct sockaddr *)&local, &length));
    printf("    %s length %d\n", inet_ntop(AF_INET6, &local.sin6_addr, text, sizeof text), (int)length);
    SHOW(close(fd));

    address = peer_address6(UDP_ECHO6);
    fd = socket(AF_INET6, SOCK_DGRAM, 0);
    SHOW(sendto(fd, "six", 3, 0, (struct sockaddr *)&address, sizeof address));
    length = sizeof local;
    SHOW(recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr *)&local, &length));
    printf("    from %s, its port: %d\n", inet_ntop(AF_INET6, &local.sin6_addr, text, sizeof text), local.sin6_port == address.sin6_port);
    SHOW(close(fd));
}

#ifndef WITHOUT_POLL
/* 1 MiB out and in at once, each side as far as it goes, with select between. */
static void bulk(void) {
    chapter("a mebibyte there and back");
    enum { TOTAL = 1 << 20, CHUNK = 30011 };
    static unsigned char chunk[CHUNK], back[65536];
    unsigned sum_out = 0, sum_in = 0;
    long sent = 0, received = 0;
    struct sockaddr_in address = peer_address(ECHO);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), failed = 0;
    SHOW(connect(fd, (struct sockaddr *)&address, sizeof address));
    printf("  writable: %d\n", wait_for(fd, POLLOUT, 5000) == POLLOUT);
    while (received < TOTAL && !failed) {
        fd_set readable, writable;
        FD_ZERO(&readable);
        FD_ZERO(&writable);
        FD_SET(fd, &readable);
        if (sent < TOTAL) FD_SET(fd, &writable);
        struct timeval limit = {.tv_sec = 10};
        if (select(fd + 1, &readable, &writable, NULL, &limit) <= 0) break;
        if (FD_ISSET(fd, &writable)) {
            long size = TOTAL - sent < CHUNK ? TOTAL - sent : CHUNK;
            for (long i = 0; i < size; i++) chunk[i] = (unsigned char)((sent + i) * 2654435761u >> 13);
            ssize_t n = send(fd, chunk, (size_t)size, 0);
            failed |= n < 0 && errno != EAGAIN;
            for (ssize_t i = 0; i < n; i++) sum_out = sum_out * 31 + chunk[i];
            if (n > 0) sent += n;
        }
        if (FD_ISSET(fd, &readable)) {
            ssize_t n = recv(fd, back, sizeof back, 0);
            failed |= n == 0 || (n < 0 && errno != EAGAIN);
            for (ssize_t i = 0; i < n; i++) sum_in = sum_in * 31 + back[i];
            if (n > 0) received += n;
        }
    }
    printf("  sent %ld received %ld sums %08x %s\n", sent, received, sum_in, sum_in == sum_out ? "equal" : "DIFFERENT");
    SHOW(close(fd));
}

#endif /* WITHOUT_POLL */

int main(int argc, char **argv) {
    read_peers(argc, argv);
    setvbuf(stdout, NULL, _IOLBF, 0);
    names();
    blocking_echo();
    greeting();
#ifndef STANDALONE
    nonblocking();
    vectors();
    files();
#endif
    refused();
    reset();
#ifndef WITHOUT_POLL
    timeouts();
#endif
    wrong();
    udp();
    ipv6();
#ifndef WITHOUT_POLL
    bulk();
#endif
    printf("done\n");
    return 7;
}
