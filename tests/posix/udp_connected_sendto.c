/* Where does sendto with an address go on sockets that are connected? */
#include "check.h"

int main(void) {
    int peer = bound(SOCK_DGRAM), other = bound(SOCK_DGRAM), fd = bound(SOCK_DGRAM);
    must(connect_to(fd, port_of(peer)) == 0);
    struct sockaddr_in to = loopback(port_of(other));
    result("UDP", (long)sendto(fd, "elsewhere", 9, 0, SA(to), sizeof to));
    char text[16] = "";
    must(wait_for(other, POLLIN) & POLLIN);
    result("the other has", (long)recv(other, text, sizeof text, MSG_DONTWAIT));
    result("the peer has", (long)recv(peer, text, sizeof text, MSG_DONTWAIT));
    struct ends ends = tcp_ends();
    result("TCP", (long)sendto(ends.client, "here", 4, 0, SA(to), sizeof to));
    result("the peer has", read_exactly(ends.server, text, 4));
    int fresh = socket(AF_INET, SOCK_STREAM, 0);
    result("TCP that is not connected", (long)sendto(fresh, "x", 1, MSG_NOSIGNAL, SA(to), sizeof to));
    return 0;
}
