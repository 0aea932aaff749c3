/* What do getsockopt and setsockopt do with lengths that are too short or too long? */
#include "options.h"

int main(void) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    for (int length = 0; length < 4; length++) result("set with a short value", setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, (socklen_t)length));
    int64_t wide = 1;
    result("set with a long value", setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &wide, sizeof wide));
    result("set with a huge length", setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &wide, (socklen_t)-1));
    unsigned char bytes[8];
    for (int room = 0; room < 9; room += 2) {
        memset(bytes, 0xee, sizeof bytes);
        socklen_t length = (socklen_t)room;
        result("get", getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, bytes, &length));
        say("  length, bytes", "%d, %02x %02x %02x %02x %02x", (int)length, bytes[0], bytes[1], bytes[2], bytes[3], bytes[4]);
    }
    socklen_t negative = (socklen_t)-1;
    result("get with a negative length", getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, bytes, &negative));
    result("TCP option, short", setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, 1));
    struct linger linger = {1, 2};
    result("SO_LINGER, short", setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, 4));
    socklen_t length = 4;
    memset(bytes, 0xee, sizeof bytes);
    result("get SO_LINGER, short", getsockopt(fd, SOL_SOCKET, SO_LINGER, bytes, &length));
    say("  length", "%d, the rest untouched: %s", (int)length, YES_NO(bytes[4] == 0xee));
    return 0;
}
