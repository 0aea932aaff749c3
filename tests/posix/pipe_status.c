/* What do fstat, isatty, ioctl and socket calls say of a pipe? */
#include "data.h"

int main(void) {
    struct ends tube = pipe_ends();
    struct stat about;
    int value = -1;
    socklen_t length = sizeof value;
    result("fstat", fstat(tube.server, &about));
    say("S_ISFIFO", "%s", YES_NO(S_ISFIFO(about.st_mode)));
    result("isatty", isatty(tube.server));
    say("errno", "%s", errno_name(errno));
    write_text(tube.client, "abc");
    result("FIONREAD", ioctl(tube.server, FIONREAD, &value));
    say("bytes", "%d", value);
    value = 1;
    result("FIONBIO", ioctl(tube.server, FIONBIO, &value));
    say("O_NONBLOCK", "%s", YES_NO(fcntl(tube.server, F_GETFL) & O_NONBLOCK));
    result("getsockopt", getsockopt(tube.server, SOL_SOCKET, SO_TYPE, &value, &length));
    result("shutdown", shutdown(tube.client, SHUT_WR));
    result("send", send(tube.client, "x", 1, 0));
    result("listen", listen(tube.client, 1));
    char a[3], b[3];
    struct iovec in[2] = {{a, 1}, {b, 2}};
    result("readv", readv(tube.server, in, 2));
    say("pieces", "%.1s %.2s", a, b);
    return 0;
}
