/* Are datagrams of no bytes sent, waited for and received, each as one? */
#include "data.h"

int main(void) {
    struct ends ends = datagram_ends();
    char text[16];
    result("send", send(ends.client, "", 0, 0));
    result("write", write(ends.client, "", 0));
    result("send a byte", send(ends.client, "x", 1, 0));
    events("waiting", wait_for(ends.server, POLLIN));
    result("receive", recv(ends.server, text, sizeof text, 0));
    result("receive", recv(ends.server, text, sizeof text, 0));
    received("receive", recv(ends.server, text, sizeof text, 0), text);
    received("receive", recv(ends.server, text, sizeof text, MSG_DONTWAIT), text);
    result("send 3", send(ends.client, "abc", 3, 0));
    wait_for(ends.server, POLLIN);
    result("receive into no room takes it", recv(ends.server, text, 0, 0));
    received("receive", recv(ends.server, text, sizeof text, MSG_DONTWAIT), text);
    return 0;
}
