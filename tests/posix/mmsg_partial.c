/* What does sendmmsg answer when one of the messages cannot be sent, the first or a later one? */
#include "data.h"

int main(void) {
    struct ends ends = datagram_ends();
    static char big[70000];
    char text[8];
    struct iovec good = {"abc", 3}, bad = {big, sizeof big};
    struct mmsghdr messages[3] = {0};
    for (int i = 0; i < 3; i++) messages[i].msg_hdr.msg_iov = i == 1 ? &bad : &good, messages[i].msg_hdr.msg_iovlen = 1;
    result("the second is too long", sendmmsg(ends.client, messages, 3, 0));
    say("length of the first", "%u", messages[0].msg_len);
    received("received", recv(ends.server, text, sizeof text, 0), text);
    received("and nothing else", recv(ends.server, text, sizeof text, MSG_DONTWAIT), text);
    result("the first is too long", sendmmsg(ends.client, messages + 1, 2, 0));
    result("not a descriptor", sendmmsg(-1, messages, 1, 0));
    result("not a descriptor", recvmmsg(-1, messages, 1, 0, NULL));
    return 0;
}
