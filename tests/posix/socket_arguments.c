/* Which families, types and protocols does socket take, and which flags? */
#include "check.h"

static void try(const char *what, int family, int type, int protocol) {
    int fd = socket(family, type, protocol);
    done(what, fd);
    if (fd >= 0) {
        say("nonblocking", "%s", YES_NO(fcntl(fd, F_GETFL) & O_NONBLOCK));
        say("close on exec", "%s", YES_NO(fcntl(fd, F_GETFD) & FD_CLOEXEC));
        close(fd);
    }
}

int main(void) {
    try("stream", AF_INET, SOCK_STREAM, 0);
    try("stream, TCP", AF_INET, SOCK_STREAM, IPPROTO_TCP);
    try("stream, UDP", AF_INET, SOCK_STREAM, IPPROTO_UDP);
    try("datagram, TCP", AF_INET, SOCK_DGRAM, IPPROTO_TCP);
    try("datagram, UDP", AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
    try("SOCK_NONBLOCK", AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    try("SOCK_CLOEXEC", AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    try("another flag", AF_INET, SOCK_STREAM | 0x4000000, 0);
    try("type 0", AF_INET, 0, 0);
    try("type 7", AF_INET, 7, 0);
    try("SOCK_SEQPACKET", AF_INET, SOCK_SEQPACKET, 0);
    try("family 77", 77, SOCK_STREAM, 0);
    try("family -1", -1, SOCK_STREAM, 0);
    try("protocol -1", AF_INET, SOCK_STREAM, -1);
    return 0;
}
