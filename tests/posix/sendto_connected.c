/* What becomes of the address of sendto on a connected socket? TCP ignores it, UDP sends there. */
#include "data.h"

int main(void) {
    struct ends tcp = tcp_ends(), udp = datagram_ends();
    int third = bound(SOCK_DGRAM);
    struct sockaddr_in other = loopback(port_of(third));
    char text[8];
    result("TCP", sendto(tcp.client, "abc", 3, 0, SA(other), sizeof other));
    received("received by the peer", recv(tcp.server, text, 3, MSG_WAITALL), text);
    result("UDP", sendto(udp.client, "def", 3, 0, SA(other), sizeof other));
    received("received by the other", recv(third, text, sizeof text, 0), text);
    result("UDP, no address", send(udp.client, "ghi", 3, 0));
    received("received by the peer", recv(udp.server, text, sizeof text, 0), text);
    struct sockaddr_in back = loopback(port_of(udp.client));
    result("from another than the peer", sendto(third, "jkl", 3, 0, SA(back), sizeof back));
    result("from the peer", send(udp.server, "mno", 3, 0));
    received("received", recv(udp.client, text, sizeof text, 0), text);
    received("received", recv(udp.client, text, sizeof text, MSG_DONTWAIT), text);
    return 0;
}
