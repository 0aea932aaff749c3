/* Can listen be called again, with another backlog, and on sockets that cannot listen? */
#include "check.h"

int main(void) {
    int fd = listener();
    result("again", listen(fd, 1));
    result("backlog 0", listen(fd, 0));
    result("backlog -1", listen(fd, -1));
    int client = client_of(port_of(fd));
    int server = done("accept", accept(fd, NULL, NULL));
    result("on a connected socket", listen(client, 5));
    result("on an accepted socket", listen(server, 5));
    int udp = bound(SOCK_DGRAM);
    result("on UDP", listen(udp, 5));
    result("bind while listening", bind(fd, SA((struct sockaddr_in[]){loopback(0)}[0]), sizeof(struct sockaddr_in)));
    result("connect while listening", connect_to(fd, port_of(fd)));
    return 0;
}
