/* Is the end of a connection told as often as it is asked for, by every call that reads? */
#include "check.h"

int main(void) {
    struct ends ends = tcp_ends();
    close(ends.server);
    char byte;
    struct iovec one = {&byte, 1};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = &one;
    message.msg_iovlen = 1;
    result("read", (long)read(ends.client, &byte, 1));
    result("read again", (long)read(ends.client, &byte, 1));
    result("recv", (long)recv(ends.client, &byte, 1, 0));
    result("recv, MSG_PEEK", (long)recv(ends.client, &byte, 1, MSG_PEEK));
    result("recv, MSG_WAITALL", (long)recv(ends.client, &byte, 1, MSG_WAITALL));
    result("recv, MSG_DONTWAIT", (long)recv(ends.client, &byte, 1, MSG_DONTWAIT));
    result("recvmsg", (long)recvmsg(ends.client, &message, 0));
    result("readv", (long)readv(ends.client, &one, 1));
    int left = -1;
    result("FIONREAD", ioctl(ends.client, FIONREAD, &left));
    say("left", "%d", left);
    return 0;
}
