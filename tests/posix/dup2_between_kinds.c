/* Can dup2 put a socket onto a file's number and a file onto a socket's? */
#include "check.h"

static const char *kind(int fd) {
    struct stat status;
    if (fstat(fd, &status) != 0) return errno_name(errno);
    return S_ISSOCK(status.st_mode) ? "socket" : S_ISDIR(status.st_mode) ? "directory" : "something else";
}

int main(void) {
    struct ends ends = tcp_ends();
    char byte = '?';
    int file = open("/", O_RDONLY | O_DIRECTORY);
    say("onto the file", "%s", YES_NO(dup2(ends.client, file) == file));
    say("it is a", "%s", kind(file));
    result("write to it", (long)write(file, "x", 1));
    result("the peer reads", read_exactly(ends.server, &byte, 1));
    close(ends.client);
    int other = open("/", O_RDONLY | O_DIRECTORY);
    say("the file onto the socket", "%s", YES_NO(dup2(other, file) == file));
    say("it is a", "%s", kind(file));
    result("the peer reads the end", (long)read(ends.server, &byte, 1));
    result("recv", (long)recv(file, &byte, 1, 0));
    result("close", close(file));
    result("close", close(other));
    return 0;
}
