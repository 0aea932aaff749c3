/* Sends COUNT datagrams of many sizes to a UDP echo and gets them back, WINDOW of them under way at a time:
 * PORT COUNT WINDOW. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define LARGEST 1400

static int size_of(int number) { return 4 + number * 7919 % (LARGEST - 4); }

int main(int argc, char **argv) {
    if (argc < 4) return 2;
    int count = atoi(argv[2]), window = atoi(argv[3]), sent = 0, right = 0;
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)atoi(argv[1]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    char *seen = calloc((size_t)count, 1);
    static unsigned char datagram[LARGEST + 1];
    for (int received = 0; received < count; received++) {
        for (; sent < count && sent - received < window; sent++) {
            int size = size_of(sent);
            memset(datagram, sent & 255, (size_t)size);
            memcpy(datagram, &sent, 4);
            if (sendto(fd, datagram, (size_t)size, 0, (struct sockaddr *)&address, sizeof address) != size) return 3;
        }
        struct sockaddr_in from;
        socklen_t length = sizeof from;
        ssize_t size = recvfrom(fd, datagram, sizeof datagram, 0, (struct sockaddr *)&from, &length);
        int number;
        if (size < 4) return 4;
        memcpy(&number, datagram, 4);
        if (number < 0 || number >= count || seen[number]) continue;
        seen[number] = 1;
        right += size == size_of(number) && from.sin_port == address.sin_port &&
                 (size == 4 || datagram[size - 1] == (number & 255));
    }
    printf("%d of %d\n", right, count);
    return 0;
}
