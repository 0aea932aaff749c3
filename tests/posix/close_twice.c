/* What does close say to a descriptor that is closed already, or never was? */
#include "check.h"

int main(void) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    result("close", close(fd));
    result("close again", close(fd));
    result("close -1", close(-1));
    result("close 100000", close(100000));
    char byte;
    result("read", (long)read(fd, &byte, 1));
    result("getsockname", getsockname(fd, (struct sockaddr *)&byte, &(socklen_t){0}));
    struct pollfd polled = {fd, POLLIN, 0};
    result("poll", poll(&polled, 1, 0));
    events("its events", polled.revents);
    return 0;
}
