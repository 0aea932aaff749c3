/* What does MSG_OOB answer where there is no urgent byte, or no such thing? */
#include "data.h"

int main(void) {
    struct ends tcp = tcp_ends(), udp = datagram_ends();
    char text[16];
    result("TCP receive, none there", recv(tcp.server, text, sizeof text, MSG_OOB));
    result("UDP receive", recv(udp.server, text, sizeof text, MSG_OOB | MSG_DONTWAIT));
    result("UDP send", send(udp.client, "x", 1, MSG_OOB));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    result("TCP receive, not connected", recv(fd, text, sizeof text, MSG_OOB));
    return 0;
}
