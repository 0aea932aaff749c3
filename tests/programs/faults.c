/* What a client is told when something goes wrong: WHAT PORT. */
#include "names.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static void tell(const char *call, long answer) {
    if (answer < 0) printf("%s: %s\n", call, errno_name(errno));
    else printf("%s: %ld\n", call, answer);
}

int main(int argc, char **argv) {
    static char block[65536];
    struct sockaddr_in address;
    struct timeval patience = {.tv_usec = 300000};
    const char *what = argc > 2 ? argv[1] : "";
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)atoi(argv[argc - 1]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, !strcmp(what, "udp") ? SOCK_DGRAM : SOCK_STREAM, 0);
    if (!strcmp(what, "udp")) {
        tell("sendto", sendto(fd, "x", 1, 0, (struct sockaddr *)&address, sizeof address));
        tell("recv", recv(fd, block, sizeof block, 0));
        return 0;
    }
    if (!strcmp(what, "listen")) {
        tell("bind", bind(fd, (struct sockaddr *)&address, sizeof address));
        return 0;
    }
    tell("connect", connect(fd, (struct sockaddr *)&address, sizeof address));
    if (!strcmp(what, "reset")) {
        tell("send", send(fd, "x", 1, 0));
        tell("recv", recv(fd, block, sizeof block, 0));
    }
    if (!strcmp(what, "stall")) {
        long n;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        tell("recv", recv(fd, block, sizeof block, 0));
        while ((n = send(fd, block, sizeof block, MSG_DONTWAIT)) > 0) continue;
        tell("send", n);
    }
    if (!strcmp(what, "wait")) {
        printf("waiting\n");
        fflush(stdout);
        tell("recv", recv(fd, block, sizeof block, 0));
    }
    return 0;
}
