/* What does sending answer without a peer, and with an address that is no address? */
#include "data.h"

int main(void) {
    int udp = bound(SOCK_DGRAM), tcp = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = loopback(port_of(udp));
    struct sockaddr_in6 six = loopback6(port_of(udp));
    signal(SIGPIPE, SIG_IGN);
    result("UDP send", send(udp, "x", 1, 0));
    result("UDP write", write(udp, "x", 1));
    result("TCP send", send(tcp, "x", 1, 0));
    result("TCP sendto", sendto(tcp, "x", 1, 0, SA(address), sizeof address));
    result("UDP, short address", sendto(udp, "x", 1, 0, SA(address), 8));
    result("UDP, IPv6 address", sendto(udp, "x", 1, 0, SA(six), sizeof six));
    address.sin_port = 0;
    result("UDP, port 0", sendto(udp, "x", 1, 0, SA(address), sizeof address));
    address.sin_port = htons((uint16_t)port_of(udp));
    result("UDP, to itself", sendto(udp, "x", 1, 0, SA(address), sizeof address));
    char text[4];
    received("received", recv(udp, text, sizeof text, 0), text);
    return 0;
}
