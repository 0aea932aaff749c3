/* Do calls say EFAULT for pointers outside of memory? */
#include "check.h"

int main(void) {
    /* The last page of the address space is nobody's, neither on Linux nor in wasm. */
    void *bad = (void *)(uintptr_t)-64;
    struct ends ends = tcp_ends();
    socklen_t length = sizeof(struct sockaddr_in);
    int udp = bound(SOCK_DGRAM), fd = socket(AF_INET, SOCK_STREAM, 0);
    result("bind", bind(fd, bad, length));
    result("connect", connect(fd, bad, length));
    result("getsockname", getsockname(ends.client, bad, &length));
    result("getpeername, length", getpeername(ends.client, (struct sockaddr *)&(struct sockaddr_in){0}, bad));
    result("send", (long)send(ends.client, bad, 10, MSG_NOSIGNAL));
    result("write", (long)write(ends.client, bad, 10));
    result("sendto", (long)sendto(udp, "x", 1, 0, bad, length));
    result("sendmsg", (long)sendmsg(udp, bad, 0));
    result("getsockopt", getsockopt(fd, SOL_SOCKET, SO_ERROR, bad, &length));
    result("setsockopt", setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, bad, 4));
    result("FIONBIO", ioctl(fd, FIONBIO, bad));
    result("FIONREAD", ioctl(udp, FIONREAD, bad));
    write_text(ends.server, "data");
    must(wait_for(ends.client, POLLIN) & POLLIN);
    result("recv", (long)recv(ends.client, bad, 10, 0));
    char text[8] = "";
    result("the data is still there", (long)recv(ends.client, text, sizeof text, 0));
    struct iovec one = {bad, 4};
    result("writev", (long)writev(ends.client, &one, 1));
    result("poll", poll(bad, 1, 0));
    result("a NULL address", bind(fd, NULL, length));
    return 0;
}
