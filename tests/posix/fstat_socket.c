/* What does fstat tell of a socket? */
#include "check.h"

static void show(const char *what, int fd) {
    struct stat status;
    memset(&status, 0xee, sizeof status);
    if (result(what, fstat(fd, &status)) != 0) return;
    say("socket", "%s", YES_NO(S_ISSOCK(status.st_mode)));
    say("regular, directory, character", "%s %s %s", YES_NO(S_ISREG(status.st_mode)), YES_NO(S_ISDIR(status.st_mode)),
        YES_NO(S_ISCHR(status.st_mode)));
    say("size", "%lld", (long long)status.st_size);
    say("links", "%d", (int)status.st_nlink);
    say("permissions", "%o", (unsigned)(status.st_mode & 07777));
}

int main(void) {
    show("TCP", socket(AF_INET, SOCK_STREAM, 0));
    show("UDP", socket(AF_INET6, SOCK_DGRAM, 0));
    struct stat a, b, c;
    int fd = listener(), other = dup(fd), third = listener();
    must(fstat(fd, &a) == 0 && fstat(other, &b) == 0 && fstat(third, &c) == 0);
    say("a duplicate is the same", "%s", YES_NO(a.st_ino == b.st_ino && a.st_dev == b.st_dev));
    say("another socket is not", "%s", YES_NO(a.st_ino != c.st_ino));
    return 0;
}
