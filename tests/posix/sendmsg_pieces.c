/* Does sendmsg gather 0, 1, many and empty pieces, and refuse more than IOV_MAX? */
#include "data.h"

int main(void) {
    struct ends ends = datagram_ends();
    static struct iovec many[1025];
    char text[2048];
    struct msghdr message = {0};
    result("no piece", sendmsg(ends.client, &message, 0));
    received("received", recv(ends.server, text, sizeof text, 0), text);
    struct iovec pieces[4] = {{"ab", 2}, {NULL, 0}, {"", 0}, {"cde", 3}};
    message.msg_iov = pieces;
    message.msg_iovlen = 4;
    result("four, two of them empty", sendmsg(ends.client, &message, 0));
    received("received", recv(ends.server, text, sizeof text, 0), text);
    for (int i = 0; i < 1025; i++) many[i] = (struct iovec){"x", 1};
    message.msg_iov = many;
    message.msg_iovlen = 1024;
    result("1024", sendmsg(ends.client, &message, 0));
    result("received", recv(ends.server, text, sizeof text, 0));
    message.msg_iovlen = 1025;
    result("1025", sendmsg(ends.client, &message, 0));
    result("received", recv(ends.server, text, sizeof text, MSG_DONTWAIT));
    return 0;
}
