/* What do calls for sockets say on a file? */
#include "check.h"

int main(void) {
    int fd = open("/", O_RDONLY | O_DIRECTORY);
    struct sockaddr_in address = loopback(80);
    socklen_t length = sizeof address;
    int value = 1;
    char byte = 'x';
    struct iovec one = {&byte, 1};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = &one;
    message.msg_iovlen = 1;
    result("bind", bind(fd, SA(address), length));
    result("connect", connect(fd, SA(address), length));
    result("listen", listen(fd, 5));
    result("accept", accept(fd, NULL, NULL));
    result("getsockname", getsockname(fd, SA(address), &length));
    result("getpeername", getpeername(fd, SA(address), &length));
    result("getsockopt", getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &length));
    result("setsockopt", setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, sizeof value));
    result("shutdown", shutdown(fd, SHUT_RDWR));
    result("send", (long)send(fd, &byte, 1, 0));
    result("recv", (long)recv(fd, &byte, 1, 0));
    result("sendmsg", (long)sendmsg(fd, &message, 0));
    result("recvmsg", (long)recvmsg(fd, &message, 0));
    return 0;
}
