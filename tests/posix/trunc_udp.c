/* What is told of a datagram that is longer than the buffer, with and without MSG_TRUNC? The rest of it is gone. */
#include "data.h"

int main(void) {
    struct ends ends = datagram_ends();
    char text[16];
    for (int i = 0; i < 4; i++) send(ends.client, "0123456789", 10, 0);
    send(ends.client, "the next", 8, 0);
    received("recv", recv(ends.server, text, 4, 0), text);
    result("recv with MSG_TRUNC tells the length", recv(ends.server, text, 4, MSG_TRUNC));
    struct iovec piece = {text, 4};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    received("recvmsg", recvmsg(ends.server, &message, 0), text);
    flags_of("its flags", message.msg_flags);
    message.msg_flags = -1;
    result("recvmsg with MSG_TRUNC", recvmsg(ends.server, &message, MSG_TRUNC));
    flags_of("its flags", message.msg_flags);
    piece.iov_len = sizeof text;
    received("the next one", recvmsg(ends.server, &message, 0), text);
    flags_of("its flags", message.msg_flags);
    return 0;
}
