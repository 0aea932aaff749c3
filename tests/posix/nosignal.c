/* Does MSG_NOSIGNAL answer EPIPE where a signal would end the program? */
#include "data.h"

int main(void) {
    struct ends ends = tcp_ends();
    result("shutdown", shutdown(ends.client, SHUT_WR));
    result("send", send(ends.client, "x", 1, MSG_NOSIGNAL));
    struct iovec piece = {"x", 1};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    result("sendmsg", sendmsg(ends.client, &message, MSG_NOSIGNAL));
    result("send of nothing", send(ends.client, "", 0, MSG_NOSIGNAL));
    struct ends pair = local_ends(SOCK_STREAM);
    close(pair.server);
    result("send to a pair whose other end is closed", send(pair.client, "x", 1, MSG_NOSIGNAL));
    return 0;
}
