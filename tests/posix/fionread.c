/* How much does FIONREAD say is there? */
#include "check.h"

static void left(const char *what, int fd) {
    int count = -1;
    if (result(what, ioctl(fd, FIONREAD, &count)) == 0) say("count", "%d", count);
}

int main(void) {
    struct ends ends = tcp_ends();
    char text[8];
    left("TCP, nothing", ends.client);
    write_text(ends.server, "hello");
    must(wait_for(ends.client, POLLIN) & POLLIN);
    left("TCP", ends.client);
    must(read(ends.client, text, 2) == 2);
    left("TCP, 2 read", ends.client);
    int udp = bound(SOCK_DGRAM);
    struct sockaddr_in to = loopback(port_of(udp));
    left("UDP, nothing", udp);
    must(sendto(udp, "four", 4, 0, SA(to), sizeof to) == 4);
    must(sendto(udp, "three", 5, 0, SA(to), sizeof to) == 5);
    must(wait_for(udp, POLLIN) & POLLIN);
    left("UDP, two", udp);
    left("a listener", listener());
    left("a new socket", socket(AF_INET, SOCK_STREAM, 0));
    int file = open("/", O_RDONLY | O_DIRECTORY);
    result("unknown request", ioctl(ends.client, 0x12345678, text));
    close(file);
    return 0;
}
