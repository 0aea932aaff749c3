/* Does recvmsg scatter into 0, 1, many and empty pieces, of a stream and of a datagram? */
#include "data.h"

int main(void) {
    struct ends tcp = tcp_ends(), udp = datagram_ends();
    char a[3], b[8], c[8];
    struct iovec pieces[4] = {{a, 2}, {NULL, 0}, {b, 3}, {c, 8}};
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 4};
    write_text(tcp.client, "abcdefgh");
    wait_for_bytes(tcp.server, 8);
    result("stream", recvmsg(tcp.server, &message, 0));
    say("pieces", "%.2s %.3s %.3s", a, b, c);
    send(udp.client, "ABCDEFGH", 8, 0);
    send(udp.client, "IJKLMNOP", 8, 0);
    send(udp.client, "Q", 1, 0);
    send(udp.client, "R", 1, 0);
    result("datagram", recvmsg(udp.server, &message, 0));
    say("pieces", "%.2s %.3s %.3s", a, b, c);
    message.msg_iovlen = 3;
    result("one that is too long", recvmsg(udp.server, &message, 0));
    say("pieces", "%.2s %.3s", a, b);
    flags_of("flags", message.msg_flags);
    message.msg_iovlen = 0;
    result("no piece", recvmsg(udp.server, &message, 0));
    flags_of("flags", message.msg_flags);
    static struct iovec many[1025];
    message.msg_iov = many;
    message.msg_iovlen = 1025;
    result("1025", recvmsg(udp.server, &message, 0));
    message.msg_iov = pieces;
    message.msg_iovlen = 4;
    result("the last is still there", recvmsg(udp.server, &message, 0));
    return 0;
}
