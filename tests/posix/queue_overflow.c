/* Are datagrams that found no room counted by SO_RXQ_OVFL, and are the others whole and in order? */
#include "data.h"

enum { COUNT = 400, SIZE = 8192 };

int main(void) {
    struct ends ends = datagram_ends();
    static char out[SIZE], in[SIZE];
    int on = 1, small = 32768, got = 0, last = -1;
    unsigned dropped = 0;
    bool whole = true;
    result("SO_RXQ_OVFL", setsockopt(ends.server, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on));
    result("SO_RCVBUF", setsockopt(ends.server, SOL_SOCKET, SO_RCVBUF, &small, sizeof small));
    for (int i = 0; i < COUNT; i++) {
        memset(out, i & 127, SIZE);
        memcpy(out, &i, sizeof i);
        must(send(ends.client, out, SIZE, 0) == SIZE);
    }
    for (;;) {
        char control[64];
        struct iovec piece = {in, SIZE};
        struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        struct pollfd more = {ends.server, POLLIN, 0};
        if (poll(&more, 1, 300) == 0) {
            /* All that came is read: the next one tells how many did not. */
            int number = -1;
            memcpy(out, &number, sizeof number);
            must(send(ends.client, out, SIZE, 0) == SIZE);
        }
        must(recvmsg(ends.server, &message, 0) == SIZE);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SO_RXQ_OVFL)
            memcpy(&dropped, CMSG_DATA(header), sizeof dropped);
        int number;
        memcpy(&number, in, sizeof number);
        if (number == -1) break;
        whole &= number > last && in[SIZE - 1] == (number & 127);
        last = number;
        got++;
    }
    say("some were lost", "%s", YES_NO(got < COUNT));
    say("received and counted are all", "%s", YES_NO(got + (int)dropped == COUNT));
    say("whole and in order", "%s", YES_NO(whole));
    return 0;
}
