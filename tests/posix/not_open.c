/* What do all calls say to a number that is not open? */
#include "check.h"

static void all(int fd) {
    struct sockaddr_in address = loopback(80);
    socklen_t length = sizeof address;
    int value = 1;
    char byte = 'x';
    struct iovec one = {&byte, 1};
    struct msghdr message;
    struct stat status;
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
    result("read", (long)read(fd, &byte, 1));
    result("write", (long)write(fd, &byte, 1));
    result("readv", (long)readv(fd, &one, 1));
    result("writev", (long)writev(fd, &one, 1));
    result("fcntl", fcntl(fd, F_GETFL));
    result("ioctl", ioctl(fd, FIONREAD, &value));
    result("fstat", fstat(fd, &status));
    result("dup", dup(fd));
    result("close", close(fd));
}

int main(void) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    close(fd);
    say("number", "one that was a socket");
    all(fd);
    say("number", "-1");
    all(-1);
    say("number", "12345678");
    all(12345678);
    return 0;
}
