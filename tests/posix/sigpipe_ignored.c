/* Do write, send and sendmsg say EPIPE with SIGPIPE ignored? */
#include "check.h"

#include <signal.h>

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    struct ends ends = tcp_ends();
    must(shutdown(ends.client, SHUT_WR) == 0);
    struct iovec one = {"x", 1};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = &one;
    message.msg_iovlen = 1;
    result("write", (long)write(ends.client, "x", 1));
    result("writev", (long)writev(ends.client, &one, 1));
    result("send", (long)send(ends.client, "x", 1, 0));
    result("sendmsg", (long)sendmsg(ends.client, &message, 0));
    result("write nothing", (long)write(ends.client, "x", 0));
    return 0;
}
