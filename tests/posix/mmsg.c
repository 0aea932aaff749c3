/* Do sendmmsg and recvmmsg send and receive several datagrams at once, and tell the length of each? */
#include "data.h"

int main(void) {
    struct ends ends = datagram_ends();
    static char text[4][8];
    struct iovec out[3] = {{"a", 1}, {"bcd", 3}, {"efghijklmn", 10}}, in[4];
    struct mmsghdr messages[4] = {0};
    for (int i = 0; i < 3; i++) messages[i].msg_hdr.msg_iov = &out[i], messages[i].msg_hdr.msg_iovlen = 1;
    result("sendmmsg 3", sendmmsg(ends.client, messages, 3, 0));
    for (int i = 0; i < 3; i++) say("  length", "%u", messages[i].msg_len);
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < 4; i++) {
        in[i] = (struct iovec){text[i], sizeof text[i]};
        messages[i].msg_hdr.msg_iov = &in[i], messages[i].msg_hdr.msg_iovlen = 1;
    }
    result("recvmmsg 3", recvmmsg(ends.server, messages, 3, 0, NULL));
    for (int i = 0; i < 3; i++) {
        say("  message", "%u \"%.*s\"", messages[i].msg_len, messages[i].msg_len > 8 ? 8 : (int)messages[i].msg_len, text[i]);
        flags_of("  flags", messages[i].msg_hdr.msg_flags);
    }
    result("recvmmsg, nothing there", recvmmsg(ends.server, messages, 4, MSG_DONTWAIT, NULL));
    result("sendmmsg 0", sendmmsg(ends.client, messages, 0, 0));
    result("recvmmsg 0", recvmmsg(ends.server, messages, 0, 0, NULL));
    send(ends.client, "xy", 2, 0);
    result("recvmmsg with MSG_WAITFORONE", recvmmsg(ends.server, messages, 4, MSG_WAITFORONE, NULL));
    say("  message", "%u \"%.2s\"", messages[0].msg_len, text[0]);
    return 0;
}
