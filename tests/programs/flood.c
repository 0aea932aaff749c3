/* Receives datagrams that a peer sends as fast as it can, numbered, and tells what became of them: PORT COUNT. "go" starts
 * the peer; when nothing comes any more, "more" asks for one more, with which the last losses are told (SO_RXQ_OVFL). */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { LARGEST = 1400 };

#ifndef SO_RXQ_OVFL
#define SO_RXQ_OVFL 40
#endif

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    int count = atoi(argv[2]), got = 0, twice = 0, torn = 0, disordered = 0, last = -1, on = 1;
    unsigned dropped = 0;
    struct sockaddr_in peer;
    memset(&peer, 0, sizeof peer);
    peer.sin_family = AF_INET;
    peer.sin_port = htons((unsigned short)atoi(argv[1]));
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on) < 0) return 3;
    if (sendto(fd, "go", 2, 0, (struct sockaddr *)&peer, sizeof peer) != 2) return 4;
    char *seen = calloc((size_t)count, 1);
    static unsigned char datagram[LARGEST];
    for (;;) {
        struct pollfd more = {fd, POLLIN, 0};
        if (poll(&more, 1, 1000) == 0) sendto(fd, "more", 4, 0, (struct sockaddr *)&peer, sizeof peer);
        char control[64];
        struct iovec piece = {datagram, sizeof datagram};
        struct msghdr message;
        memset(&message, 0, sizeof message);
        message.msg_iov = &piece;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        ssize_t size = recvmsg(fd, &message, 0);
        int number;
        if (size < 4) return 5;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SO_RXQ_OVFL)
            memcpy(&dropped, CMSG_DATA(header), sizeof dropped);
        memcpy(&number, datagram, 4);
        if (number == -1) break;
        if (number < 0 || number >= count) return 6;
        twice += seen[number]++ > 0;
        disordered += number < last;
        last = number;
        torn += size != 4 + number % (LARGEST - 4);
        for (ssize_t i = 4; i < size; i++) torn += datagram[i] != (unsigned char)number;
        got++;
    }
    printf("received %d, dropped %u, twice %d, torn %d, disordered %d\n", got, dropped, twice, torn, disordered);
    return 0;
}
