/* What do the ends of a pipe do with data, when the other end is closed, and in the wrong direction? */
#include "data.h"

int main(void) {
    int fds[2];
    char text[16];
    signal(SIGPIPE, SIG_IGN);
    int lowest = lowest_free();
    result("pipe", pipe(fds));
    say("the lowest numbers", "%s", YES_NO(fds[0] == lowest && fds[1] == lowest + 1));
    result("write", write(fds[1], "abc", 3));
    result("write", write(fds[1], "def", 3));
    received("read 4", read(fds[0], text, 4), text);
    received("read the rest", read(fds[0], text, sizeof text), text);
    result("write to the reading end", write(fds[0], "x", 1));
    result("read from the writing end", read(fds[1], text, 1));
    result("recv", recv(fds[0], text, 1, 0));
    result("lseek", (long)lseek(fds[0], 0, SEEK_SET));
    result("write nothing", write(fds[1], "", 0));
    say("access mode of the reading end", "%s", (fcntl(fds[0], F_GETFL) & O_ACCMODE) == O_RDONLY ? "O_RDONLY" : "other");
    say("access mode of the writing end", "%s", (fcntl(fds[1], F_GETFL) & O_ACCMODE) == O_WRONLY ? "O_WRONLY" : "other");
    int copy = dup(fds[1]);
    result("write to a copy", write(copy, "gh", 2));
    close(fds[1]);
    received("read", read(fds[0], text, sizeof text), text);
    close(copy);
    result("the end", read(fds[0], text, sizeof text));
    result("again", read(fds[0], text, sizeof text));
    must(pipe(fds) >= 0);
    close(fds[0]);
    result("write with nobody to read", write(fds[1], "x", 1));
    result("write nothing", write(fds[1], "", 0));
    return 0;
}
