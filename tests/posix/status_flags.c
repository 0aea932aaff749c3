/* Which flags does F_GETFL tell of a socket, and which does F_SETFL change? */
#include "check.h"

int main(void) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int flags = fcntl(fd, F_GETFL);
    say("access", "%s", (flags & O_ACCMODE) == O_RDWR ? "read and write" : "another");
    say("others", "%s", YES_NO(flags & ~O_ACCMODE));
    result("F_SETFL, O_NONBLOCK alone", fcntl(fd, F_SETFL, O_NONBLOCK));
    flags = fcntl(fd, F_GETFL);
    say("access", "%s", (flags & O_ACCMODE) == O_RDWR ? "read and write" : "another");
    say("nonblocking", "%s", YES_NO(flags & O_NONBLOCK));
    result("F_SETFL, O_APPEND", fcntl(fd, F_SETFL, O_APPEND));
    flags = fcntl(fd, F_GETFL);
    say("nonblocking", "%s, append %s", YES_NO(flags & O_NONBLOCK), YES_NO(flags & O_APPEND));
    result("F_SETFL, flags of open", fcntl(fd, F_SETFL, O_WRONLY | O_CREAT | O_TRUNC));
    flags = fcntl(fd, F_GETFL);
    say("access", "%s", (flags & O_ACCMODE) == O_RDWR ? "read and write" : "another");
    say("others", "%s", YES_NO(flags & ~O_ACCMODE));
    result("an unknown command", fcntl(fd, 9999, 0));
    return 0;
}
