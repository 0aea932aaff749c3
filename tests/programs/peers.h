/* The ports of the scripted peers that the test harness runs on loopback, given as arguments in this
 * order, or as the macro PEERS ("1 2 3 …") to a program whose main gets no arguments. */
#ifndef PEERS_H
#define PEERS_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum peer {
    ECHO,     /* TCP: sends back what it gets, until the end of it */
    ECHO6,    /* the same on ::1 */
    GREETING, /* TCP: sends "hello from the peer\n" and closes */
    RESET,    /* TCP: waits for a byte, then resets the connection */
    SILENT,   /* TCP: accepts and says nothing */
    REFUSED,  /* nobody listens there */
    UDP_ECHO, /* UDP: sends each datagram back */
    UDP_ECHO6,/* the same on ::1 */
    PEER_COUNT
};

static int peer_ports[PEER_COUNT];

static inline void read_peers(int argc, char **argv) {
#ifdef PEERS
    const char *rest = PEERS;
    (void)argc, (void)argv;
    for (int i = 0; i < PEER_COUNT; i++) {
        char *end;
        peer_ports[i] = (int)strtol(rest, &end, 10);
        rest = end;
    }
#else
    for (int i = 0; i < PEER_COUNT && i + 1 < argc; i++) peer_ports[i] = atoi(argv[i + 1]);
#endif
}

static inline struct sockaddr_in peer_address(enum peer peer) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)peer_ports[peer]);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static inline struct sockaddr_in6 peer_address6(enum peer peer) {
    struct sockaddr_in6 address;
    memset(&address, 0, sizeof address);
    address.sin6_family = AF_INET6;
    address.sin6_port = htons((unsigned short)peer_ports[peer]);
    address.sin6_addr.s6_addr[15] = 1;
    return address;
}

#endif
