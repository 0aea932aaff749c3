/* Does MSG_PEEK leave a datagram in the queue, with its sender, whole though it was cut? */
#include "data.h"

int main(void) {
    int from = bound(SOCK_DGRAM), to = bound(SOCK_DGRAM);
    struct sockaddr_in address = loopback(port_of(to)), sender;
    socklen_t length = sizeof sender;
    char text[16];
    sendto(from, "first", 5, 0, SA(address), sizeof address);
    sendto(from, "second", 6, 0, SA(address), sizeof address);
    wait_for(to, POLLIN);
    received("peek 3", recv(to, text, 3, MSG_PEEK), text);
    received("peek 3 with MSG_TRUNC", recv(to, text, 3, MSG_PEEK | MSG_TRUNC) == 5 ? 3 : -2, text);
    received("peek from", recvfrom(to, text, sizeof text, MSG_PEEK, SA(sender), &length), text);
    say("its sender is the sender", "%s", YES_NO(ntohs(sender.sin_port) == port_of(from)));
    received("receive", recv(to, text, sizeof text, 0), text);
    wait_for(to, POLLIN);
    received("receive", recv(to, text, sizeof text, 0), text);
    received("peek at nothing", recv(to, text, sizeof text, MSG_PEEK | MSG_DONTWAIT), text);
    return 0;
}
