/* Which local address does a UDP socket on 0.0.0.0 have once it is connected? */
#include "check.h"

int main(void) {
    int peer = bound(SOCK_DGRAM);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in any = loopback(0);
    any.sin_addr.s_addr = htonl(INADDR_ANY);
    must(bind(fd, SA(any), sizeof any) == 0);
    struct sockaddr_storage local = local_of(fd);
    int port = port_in(&local);
    say("bound", "%s", host_in(&local));
    must(connect_to(fd, port_of(peer)) == 0);
    local = local_of(fd);
    say("connected", "%s", host_in(&local));
    say("the port stays", "%s", YES_NO(port_in(&local) == port));
    return 0;
}
