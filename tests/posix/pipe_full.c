/* How much does a pipe take, and are writes of up to PIPE_BUF bytes all or nothing? */
#include "data.h"

#ifndef F_GETPIPE_SZ
#define F_GETPIPE_SZ 1032
#endif

int main(void) {
    int fds[2];
    static char page[4096], got[65536];
    must(pipe2(fds, O_NONBLOCK) == 0);
    result("F_GETPIPE_SZ", fcntl(fds[1], F_GETPIPE_SZ));
    long total = 0;
    ssize_t n;
    while ((n = write(fds[1], page, sizeof page)) > 0) total += (long)n;
    say("it took", "%ld", total);
    result("then", n);
    events("the writing end", ready(fds[1], POLLOUT));
    result("a byte", write(fds[1], "x", 1));
    must(read(fds[0], got, 4096) == 4096);
    events("once a page is read", ready(fds[1], POLLOUT));
    result("5000 bytes where 4096 fit", write(fds[1], got, 5000));
    must(read(fds[0], got, 65536) == 65536);
    int waiting = -1;
    must(ioctl(fds[0], FIONREAD, &waiting) == 0);
    say("FIONREAD, empty", "%d", waiting);
    result("the most at once", write(fds[1], got, 65536));
    must(ioctl(fds[0], FIONREAD, &waiting) == 0);
    say("FIONREAD, full", "%d", waiting);
    result("4096 bytes where none fit", write(fds[1], got, 4096));
    return 0;
}
