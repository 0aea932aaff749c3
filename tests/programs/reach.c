/* What a program may reach: pairs and triples of arguments, each asked once, with a line for each answer.

   connect ADDRESS PORT, send ADDRESS PORT, listen ADDRESS PORT, receive ADDRESS PORT: the call, to numbers
   name NAME PORT: getaddrinfo, then connect to what it answered
   join GROUP -: a multicast group
   local - -: AF_UNIX, which is no network
   self PORT UDPPORT: listens there and talks with itself */
#include "names.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static socklen_t address(const char *text, const char *port, struct sockaddr_storage *to) {
    struct sockaddr_in *v4 = (struct sockaddr_in *)to;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
    memset(to, 0, sizeof *to);
    if (strchr(text, ':')) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(atoi(port));
        inet_pton(AF_INET6, text, &v6->sin6_addr);
        return sizeof *v6;
    }
    v4->sin_family = AF_INET;
    v4->sin_port = htons(atoi(port));
    inet_pton(AF_INET, text, &v4->sin_addr);
    return sizeof *v4;
}

static const char *outcome(long answer) { return answer < 0 ? errno_name(errno) : "done"; }

static const char *ask(const char *what, const char *where, const char *port) {
    struct sockaddr_storage to;
    socklen_t length = address(where, port, &to);
    int stream = !strcmp(what, "connect") || !strcmp(what, "listen");
    int fd = socket(to.ss_family, stream ? SOCK_STREAM : SOCK_DGRAM, 0);
    const char *answer = "?";
    if (!strcmp(what, "connect")) answer = outcome(connect(fd, (struct sockaddr *)&to, length));
    if (!strcmp(what, "send")) {
        answer = outcome(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, length));
        const char *connected = outcome(connect(fd, (struct sockaddr *)&to, length));
        if (strcmp(answer, connected)) answer = "sendto and connect differ";
    }
    if (!strcmp(what, "listen")) {
        answer = outcome(bind(fd, (struct sockaddr *)&to, length));
        if (!strcmp(answer, "done")) answer = outcome(listen(fd, 1));
    }
    if (!strcmp(what, "receive")) answer = outcome(bind(fd, (struct sockaddr *)&to, length));
    if (!strcmp(what, "join")) {
        struct ip_mreq group = {.imr_interface.s_addr = htonl(INADDR_LOOPBACK)};
        inet_pton(AF_INET, where, &group.imr_multiaddr);
        answer = outcome(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group));
    }
    close(fd);
    return answer;
}

static const char *by_name(const char *name, const char *port) {
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
    int failed = getaddrinfo(name, port, &hints, &found);
    if (failed) return eai_name(failed);
    int fd = socket(found->ai_family, found->ai_socktype, 0);
    const char *answer = outcome(connect(fd, found->ai_addr, found->ai_addrlen));
    close(fd);
    freeaddrinfo(found);
    return answer;
}

static const char *local(void) {
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "place"};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), other = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(fd, (struct sockaddr *)&name, sizeof name) || listen(fd, 1)) return outcome(-1);
    return outcome(connect(other, (struct sockaddr *)&name, sizeof name));
}

static int port_of(const struct sockaddr_in *name) { return ntohs(name->sin_port); }

static void with_itself(const char *port, const char *udp_port) {
    struct sockaddr_storage to;
    struct sockaddr_in name;
    socklen_t length = address("127.0.0.1", port, &to), size;
    int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    printf("bind: %s\n", outcome(bind(server, (struct sockaddr *)&to, length)));
    getsockname(server, (struct sockaddr *)&name, (size = sizeof name, &size));
    printf("bound to %d\n", port_of(&name));
    printf("listen: %s\n", outcome(listen(server, 4)));
    printf("connect: %s\n", outcome(connect(client, (struct sockaddr *)&to, length)));
    int accepted = accept(server, NULL, NULL);
    getsockname(accepted, (struct sockaddr *)&name, (size = sizeof name, &size));
    printf("accepted at %d\n", port_of(&name));
    getpeername(client, (struct sockaddr *)&name, (size = sizeof name, &size));
    printf("connected to %d\n", port_of(&name));
    char byte = 0;
    send(client, "t", 1, 0);
    recv(accepted, &byte, 1, 0);
    printf("heard %c\n", byte);

    length = address("127.0.0.1", udp_port, &to);
    int one = socket(AF_INET, SOCK_DGRAM, 0), other = socket(AF_INET, SOCK_DGRAM, 0);
    printf("bind: %s\n", outcome(bind(one, (struct sockaddr *)&to, length)));
    getsockname(one, (struct sockaddr *)&name, (size = sizeof name, &size));
    printf("bound to %d\n", port_of(&name));
    printf("sendto: %s\n", outcome(sendto(other, "u", 1, 0, (struct sockaddr *)&to, length)));
    recvfrom(one, &byte, 1, 0, (struct sockaddr *)&name, (size = sizeof name, &size));
    printf("heard %c\n", byte);
    printf("answer: %s\n", outcome(sendto(one, "v", 1, 0, (struct sockaddr *)&name, size)));
    recvfrom(other, &byte, 1, 0, (struct sockaddr *)&name, (size = sizeof name, &size));
    printf("heard %c from %d\n", byte, port_of(&name));
    printf("connect: %s\n", outcome(connect(other, (struct sockaddr *)&to, sizeof name)));
    printf("send: %s\n", outcome(send(other, "x", 1, 0)));
    recv(one, &byte, 1, 0);
    printf("heard %c\n", byte);
}

int main(int argc, char **argv) {
    for (int at = 1; at + 2 < argc; at += 3) {
        const char *what = argv[at], *where = argv[at + 1], *port = argv[at + 2];
        if (!strcmp(what, "self")) {
            with_itself(where, port);
            continue;
        }
        const char *answer = !strcmp(what, "name")    ? by_name(where, port)
                             : !strcmp(what, "local") ? local()
                                                      : ask(what, where, port);
        printf("%s %s: %s\n", what, where, answer);
    }
    return 0;
}
