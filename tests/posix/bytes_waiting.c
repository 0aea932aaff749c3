/* What does FIONREAD tell of a stream, of datagrams and of a listener? */
#include "data.h"

static void waiting(const char *what, int fd) {
    int count = -7;
    if (ioctl(fd, FIONREAD, &count) < 0)
        say(what, "-1 %s", errno_name(errno));
    else
        say(what, "%d", count);
}

int main(void) {
    struct ends tcp = tcp_ends(), udp = datagram_ends();
    char text[8];
    waiting("stream, nothing", tcp.server);
    write_text(tcp.client, "abc");
    wait_for(tcp.server, POLLIN);
    waiting("stream, 3 bytes", tcp.server);
    must(recv(tcp.server, text, 1, 0) == 1);
    waiting("stream, one read", tcp.server);
    shutdown(tcp.client, SHUT_WR);
    wait_for_all(tcp.server, POLLIN | POLLRDHUP);
    waiting("stream, ended", tcp.server);
    must(recv(tcp.server, text, 8, 0) == 2);
    waiting("stream, ended and read", tcp.server);
    waiting("datagrams, none", udp.server);
    send(udp.client, "12345", 5, 0);
    send(udp.client, "1", 1, 0);
    wait_for(udp.server, POLLIN);
    waiting("datagrams, the first has 5", udp.server);
    must(recv(udp.server, text, 8, 0) == 5);
    wait_for(udp.server, POLLIN);
    waiting("datagrams, the next has 1", udp.server);
    waiting("listener", listener());
    return 0;
}
