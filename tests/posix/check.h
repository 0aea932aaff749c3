/* What the programs of this folder share: lines `what: value` on standard output, in which nothing depends on time,
   chance, port numbers or the numbers that errno values have; and sockets on loopback in the states that questions
   are asked about. A program plays both sides. A step that is not in question and fails ends it (`must`). */
#ifndef CHECK_H
#define CHECK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* accept4, POLLRDHUP, pipe2 */
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define USED_OR_NOT __attribute__((unused)) static

/* Milliseconds after which a condition that should come is given up. */
enum { DEADLINE = 8000 };

/* `what: value`, the value as printf makes it. */
__attribute__((format(printf, 2, 3))) USED_OR_NOT void say(const char *what, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("%s: ", what);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
}

/* The name of an errno value: the numbers differ between Linux and Emscripten. */
USED_OR_NOT const char *errno_name(int error) {
    static const struct { int value; const char *name; } table[] = {
#define E(name) {name, #name}
        E(E2BIG), E(EACCES), E(EADDRINUSE), E(EADDRNOTAVAIL), E(EAFNOSUPPORT), E(EAGAIN), E(EALREADY), E(EBADF),
        E(EBADMSG), E(EBUSY), E(ECANCELED), E(ECONNABORTED), E(ECONNREFUSED), E(ECONNRESET), E(EDESTADDRREQ), E(EDOM),
        E(EEXIST), E(EFAULT), E(EFBIG), E(EHOSTDOWN), E(EHOSTUNREACH), E(EINPROGRESS), E(EINTR), E(EINVAL), E(EIO),
        E(EISCONN), E(EISDIR), E(ELOOP), E(EMFILE), E(EMLINK), E(EMSGSIZE), E(ENAMETOOLONG), E(ENETDOWN), E(ENETRESET),
        E(ENETUNREACH), E(ENFILE), E(ENOBUFS), E(ENODEV), E(ENOENT), E(ENOMEM), E(ENOPROTOOPT), E(ENOSPC), E(ENOSYS),
        E(ENOTCONN), E(ENOTDIR), E(ENOTEMPTY), E(ENOTSOCK), E(ENOTTY), E(ENXIO), E(EOPNOTSUPP), E(EOVERFLOW), E(EPERM),
        E(EPFNOSUPPORT), E(EPIPE), E(EPROTO), E(EPROTONOSUPPORT), E(EPROTOTYPE), E(ERANGE), E(EROFS), E(ESHUTDOWN),
        E(ESOCKTNOSUPPORT), E(ESPIPE), E(ESRCH), E(ETIMEDOUT), E(ETOOMANYREFS), E(EXDEV),
#undef E
    };
    if (error == 0) return "0";
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].value == error) return table[i].name;
    static char number[24];
    snprintf(number, sizeof number, "errno %d", error);
    return number;
}

/* Tells what a call answered: its number, or -1 and the errno by name. Gives the number back. */
USED_OR_NOT long result(const char *what, long answer) {
    int error = errno;
    if (answer == -1)
        say(what, "-1 %s", errno_name(error));
    else
        say(what, "%ld", answer);
    errno = error;
    return answer;
}

/* The same for an answer whose number says nothing, such as a descriptor: `ok`. */
USED_OR_NOT int done(const char *what, int answer) {
    int error = errno;
    if (answer < 0)
        say(what, "-1 %s", errno_name(error));
    else
        say(what, "ok");
    errno = error;
    return answer;
}

#define YES_NO(condition) ((condition) ? "yes" : "no")

/* Ends the program, with the place, if a step that is not in question failed. */
#define must(condition) must_(!!(condition), #condition, __FILE__, __LINE__)
USED_OR_NOT void must_(bool holds, const char *condition, const char *file, int line) {
    if (holds) return;
    const char *name = strrchr(file, '/');
    printf("%s:%d: not so: %s (%s)\n", name ? name + 1 : file, line, condition, errno_name(errno));
    exit(98);
}

/* Events of poll by name, in the order of this table. */
USED_OR_NOT void events(const char *what, int revents) {
    static const struct { int bit; const char *name; } table[] = {
        {POLLIN, "IN"},     {POLLPRI, "PRI"},       {POLLOUT, "OUT"},       {POLLERR, "ERR"},       {POLLHUP, "HUP"},
        {POLLNVAL, "NVAL"}, {POLLRDNORM, "RDNORM"}, {POLLRDBAND, "RDBAND"}, {POLLWRNORM, "WRNORM"}, {POLLWRBAND, "WRBAND"},
#ifdef POLLRDHUP
        {POLLRDHUP, "RDHUP"},
#else /* Emscripten's headers hide it in some versions */
        {0x2000, "RDHUP"},
#endif
    };
    printf("%s:", what);
    if (revents == 0) printf(" none");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (revents & table[i].bit) printf(" %s", table[i].name);
    putchar('\n');
}

#ifndef POLLRDHUP
#define POLLRDHUP 0x2000
#endif

/* What poll says of `fd` for `wanted`, without waiting. */
USED_OR_NOT int ready(int fd, int wanted) {
    struct pollfd one = {fd, (short)wanted, 0};
    must(poll(&one, 1, 0) >= 0);
    return one.revents;
}

/* Waits until poll tells one of `wanted` (or an error) of `fd`, and gives what it tells; 0 after the deadline. */
USED_OR_NOT int wait_for(int fd, int wanted) {
    struct pollfd one = {fd, (short)wanted, 0};
    must(poll(&one, 1, DEADLINE) >= 0);
    return one.revents;
}

/* Waits until poll tells all of `wanted` of `fd`: events come one by one. Gives what it tells in the end. */
USED_OR_NOT int wait_for_all(int fd, int wanted) {
    for (int i = 0; i < DEADLINE / 10; i++) {
        int got = ready(fd, wanted);
        if ((got & wanted) == wanted) return got;
        /* What is there already would end a poll for it at once: wait for the rest. */
        struct pollfd rest = {fd, (short)(wanted & ~got), 0};
        must(poll(&rest, 1, 10) >= 0);
    }
    return ready(fd, wanted);
}

USED_OR_NOT void set_nonblocking(int fd, bool on) {
    int flags = fcntl(fd, F_GETFL);
    must(flags >= 0);
    must(fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) == 0);
}

/* 127.0.0.1:port */
USED_OR_NOT struct sockaddr_in loopback(int port) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/* [::1]:port */
USED_OR_NOT struct sockaddr_in6 loopback6(int port) {
    struct sockaddr_in6 address;
    memset(&address, 0, sizeof address);
    address.sin6_family = AF_INET6;
    address.sin6_port = htons((uint16_t)port);
    address.sin6_addr = in6addr_loopback;
    return address;
}

#define SA(address) ((struct sockaddr *)&(address))

/* The port of an address of either family. */
USED_OR_NOT int port_in(const struct sockaddr_storage *address) {
    if (address->ss_family == AF_INET6) return ntohs(((const struct sockaddr_in6 *)address)->sin6_port);
    return ntohs(((const struct sockaddr_in *)address)->sin_port);
}

/* The host of an address of either family. */
USED_OR_NOT const char *host_in(const struct sockaddr_storage *address) {
    static char text[4][64];
    static unsigned next;
    char *host = text[next++ % 4];
    const void *raw = address->ss_family == AF_INET6 ? (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr
                                                     : (const void *)&((const struct sockaddr_in *)address)->sin_addr;
    if (address->ss_family != AF_INET && address->ss_family != AF_INET6) {
        snprintf(host, sizeof text[0], "family %d", address->ss_family);
        return host;
    }
    return inet_ntop(address->ss_family, raw, host, sizeof text[0]);
}

USED_OR_NOT struct sockaddr_storage local_of(int fd) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    memset(&address, 0, sizeof address);
    must(getsockname(fd, (struct sockaddr *)&address, &length) == 0);
    return address;
}

USED_OR_NOT struct sockaddr_storage peer_of(int fd) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    memset(&address, 0, sizeof address);
    must(getpeername(fd, (struct sockaddr *)&address, &length) == 0);
    return address;
}

/* The port that `fd` is bound to. */
USED_OR_NOT int port_of(int fd) {
    struct sockaddr_storage address = local_of(fd);
    return port_in(&address);
}

/* A socket of `type` bound to a free port of 127.0.0.1. */
USED_OR_NOT int bound(int type) {
    int fd = socket(AF_INET, type, 0);
    must(fd >= 0);
    struct sockaddr_in address = loopback(0);
    must(bind(fd, SA(address), sizeof address) == 0);
    return fd;
}

/* A TCP socket that listens on a free port of 127.0.0.1. */
USED_OR_NOT int listener(void) {
    int fd = bound(SOCK_STREAM);
    must(listen(fd, 128) == 0);
    return fd;
}

/* What connect to 127.0.0.1:port answers. */
USED_OR_NOT int connect_to(int fd, int port) {
    struct sockaddr_in address = loopback(port);
    return connect(fd, SA(address), sizeof address);
}

/* A TCP socket connected to 127.0.0.1:port. */
USED_OR_NOT int client_of(int port) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    must(fd >= 0);
    must(connect_to(fd, port) == 0);
    return fd;
}

/* The next connection of a listener, which is waited for. */
USED_OR_NOT int accepted_by(int listening) {
    must(wait_for(listening, POLLIN) & POLLIN);
    int fd = accept(listening, NULL, NULL);
    must(fd >= 0);
    return fd;
}

/* Two ends of a TCP connection: the client and the accepted one. */
struct ends {
    int client, server;
};

USED_OR_NOT struct ends tcp_ends(void) {
    int listening = listener();
    struct ends ends;
    ends.client = client_of(port_of(listening));
    ends.server = accepted_by(listening);
    close(listening);
    return ends;
}

/* A port of 127.0.0.1 that nobody listens on. */
USED_OR_NOT int dead_port(void) {
    int fd = bound(SOCK_STREAM);
    int port = port_of(fd);
    close(fd);
    return port;
}

/* SO_ERROR of a socket, which reading clears. */
USED_OR_NOT int so_error(int fd) {
    int error = -1;
    socklen_t length = sizeof error;
    must(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0);
    return error;
}

/* Reads until `size` bytes are there, the peer has ended, or an error comes. The answer is how many it were. */
USED_OR_NOT long read_exactly(int fd, void *into, size_t size) {
    size_t had = 0;
    while (had < size) {
        long got = (long)read(fd, (char *)into + had, size - had);
        if (got < 0 && errno == EAGAIN) {
            must(wait_for(fd, POLLIN));
            continue;
        }
        if (got <= 0) break;
        had += (size_t)got;
    }
    return (long)had;
}

/* What comes until the peer ends, in a text; `room` is the size of `into`. */
USED_OR_NOT const char *read_to_end(int fd, char *into, size_t room) {
    long got = read_exactly(fd, into, room - 1);
    into[got] = 0;
    return into;
}

/* Writes all of a text. */
USED_OR_NOT void write_text(int fd, const char *text) {
    must(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

/* The lowest free descriptor: programs print numbers relative to it, since what a process starts with is not theirs. */
USED_OR_NOT int lowest_free(void) {
    int fd = open("/", O_RDONLY | O_DIRECTORY);
    must(fd >= 0);
    close(fd);
    return fd;
}

#endif
