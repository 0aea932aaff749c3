/* For the programs that ask about data and waiting: more ends, and how to send and receive through them. */
#ifndef DATA_H
#define DATA_H

#include "check.h"
#include <signal.h>

/* Two UDP sockets of 127.0.0.1, connected with each other. */
USED_OR_NOT struct ends datagram_ends(void) {
    struct ends ends = {bound(SOCK_DGRAM), bound(SOCK_DGRAM)};
    must(connect_to(ends.client, port_of(ends.server)) == 0);
    must(connect_to(ends.server, port_of(ends.client)) == 0);
    return ends;
}

/* Both ends of a socketpair of `type`. */
USED_OR_NOT struct ends local_ends(int type) {
    int pair[2];
    must(socketpair(AF_UNIX, type, 0, pair) == 0);
    struct ends ends = {pair[0], pair[1]};
    return ends;
}

/* Both ends of a pipe: what is written to `client` is read from `server`. */
USED_OR_NOT struct ends pipe_ends(void) {
    int pair[2];
    must(pipe(pair) == 0);
    struct ends ends = {pair[1], pair[0]};
    return ends;
}

/* What a call that receives into `text` answered, and what it received. */
USED_OR_NOT long received(const char *what, long answer, const char *text) {
    if (answer == -1)
        say(what, "-1 %s", errno_name(errno));
    else
        say(what, "%ld \"%.*s\"", answer, (int)answer, text);
    return answer;
}

/* Waits until `size` bytes of a stream can be received at once. */
USED_OR_NOT void wait_for_bytes(int fd, int size) {
    int have = 0;
    for (int i = 0; i < DEADLINE / 10 && have < size; i++) {
        must(ioctl(fd, FIONREAD, &have) == 0);
        if (have >= size) break;
        struct pollfd none = {-1, 0, 0};
        must(poll(&none, 1, 10) == 0);
    }
    must(have >= size);
}

/* Flags of a message by name. */
USED_OR_NOT void flags_of(const char *what, int flags) {
    static const struct { int bit; const char *name; } table[] = {
        {MSG_OOB, "OOB"}, {MSG_PEEK, "PEEK"}, {MSG_TRUNC, "TRUNC"}, {MSG_CTRUNC, "CTRUNC"}, {MSG_EOR, "EOR"},
    };
    printf("%s:", what);
    int known = 0;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        known |= table[i].bit;
        if (flags & table[i].bit) printf(" %s", table[i].name);
    }
    printf(flags & ~known ? " others\n" : flags ? "\n" : " none\n");
}

/* One byte after the other of a sequence that does not repeat soon. */
USED_OR_NOT unsigned char pattern(size_t position) {
    return (unsigned char)((position * 2654435761u) >> 13);
}

/* Writes the pattern, but for its first `sent` bytes, to a non-blocking descriptor until it would block; how many bytes it
   took. */
USED_OR_NOT size_t fill_from(int fd, size_t sent) {
    static unsigned char piece[4096];
    size_t before = sent;
    for (;;) {
        for (size_t i = 0; i < sizeof piece; i++) piece[i] = pattern(sent + i);
        ssize_t n = write(fd, piece, sizeof piece);
        if (n < 0) {
            must(errno == EAGAIN);
            return sent - before;
        }
        sent += (size_t)n;
    }
}

USED_OR_NOT size_t fill(int fd) {
    return fill_from(fd, 0);
}

#endif
