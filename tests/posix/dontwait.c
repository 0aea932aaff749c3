/* Does MSG_DONTWAIT make one call of a blocking socket answer EAGAIN, and only that one? */
#include "data.h"

int main(void) {
    struct ends tcp = tcp_ends(), udp = datagram_ends();
    char text[16];
    received("TCP, nothing there", recv(tcp.server, text, sizeof text, MSG_DONTWAIT), text);
    received("UDP, nothing there", recv(udp.server, text, sizeof text, MSG_DONTWAIT), text);
    say("the socket is still blocking", "%s", YES_NO(!(fcntl(tcp.server, F_GETFL) & O_NONBLOCK)));
    result("TCP send", send(tcp.client, "abc", 3, MSG_DONTWAIT));
    result("UDP send", send(udp.client, "def", 3, MSG_DONTWAIT));
    received("TCP, without it, waits", recv(tcp.server, text, sizeof text, 0), text);
    received("UDP, without it, waits", recv(udp.server, text, sizeof text, 0), text);
    struct iovec piece = {text, sizeof text};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    result("recvmsg", recvmsg(tcp.server, &message, MSG_DONTWAIT));
    return 0;
}
