/* What does recvmsg write back into msg_namelen, msg_controllen and msg_flags? */
#include "data.h"

static void receive(const char *what, int fd, void *name, socklen_t room) {
    char text[8], control[64];
    struct iovec piece = {text, sizeof text};
    struct msghdr message = {.msg_name = name, .msg_namelen = room, .msg_iov = &piece, .msg_iovlen = 1};
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    message.msg_flags = -1;
    result(what, recvmsg(fd, &message, 0));
    say("  msg_namelen", "%d", (int)message.msg_namelen);
    say("  msg_controllen", "%d", (int)message.msg_controllen);
    flags_of("  msg_flags", message.msg_flags);
}

int main(void) {
    struct ends tcp = tcp_ends(), udp = datagram_ends();
    struct sockaddr_storage name;
    for (int i = 0; i < 4; i++) send(udp.client, "abc", 3, 0);
    receive("datagram", udp.server, &name, sizeof name);
    say("  the sender's port", "%s", YES_NO(port_in(&name) == port_of(udp.client)));
    memset(&name, 0, sizeof name);
    receive("datagram, short room for the name", udp.server, &name, 2);
    say("  cut", "%s", YES_NO(name.ss_family == AF_INET && port_in(&name) == 0));
    receive("datagram, no room for the name", udp.server, &name, 0);
    receive("datagram, no name wanted", udp.server, NULL, 77);
    memset(&name, 0, sizeof name);
    write_text(tcp.client, "abc");
    receive("stream", tcp.server, &name, sizeof name);
    say("  name untouched", "%s", YES_NO(name.ss_family == 0));
    close(tcp.client);
    receive("stream's end", tcp.server, &name, sizeof name);
    return 0;
}
