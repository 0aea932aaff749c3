/* What does bind say to a port that another socket has, bound or listening, and does UDP mind TCP? */
#include "check.h"

static void try(const char *what, int type, int port) {
    int fd = socket(AF_INET, type, 0);
    struct sockaddr_in address = loopback(port);
    result(what, bind(fd, SA(address), sizeof address));
    close(fd);
}

int main(void) {
    int tcp = bound(SOCK_STREAM);
    try("TCP on a bound TCP port", SOCK_STREAM, port_of(tcp));
    must(listen(tcp, 5) == 0);
    try("TCP on a listening TCP port", SOCK_STREAM, port_of(tcp));
    int udp = bound(SOCK_DGRAM);
    try("UDP on a bound UDP port", SOCK_DGRAM, port_of(udp));
    int port = port_of(udp);
    close(udp);
    try("UDP after it was closed", SOCK_DGRAM, port);
    port = port_of(tcp);
    close(tcp);
    try("TCP after it was closed", SOCK_STREAM, port);
    return 0;
}
