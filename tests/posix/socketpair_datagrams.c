/* Do pairs of local datagram and packet sockets keep messages apart, and what do they do at the end? */
#include "data.h"

static void ask(const char *what, int type) {
    struct ends ends = local_ends(type);
    char text[16];
    say(what, "--");
    result("send", send(ends.client, "first", 5, 0));
    result("send", send(ends.client, "second", 6, 0));
    received("receive", recv(ends.server, text, 3, 0), text);
    received("receive", recv(ends.server, text, sizeof text, 0), text);
    received("nothing there", recv(ends.server, text, sizeof text, MSG_DONTWAIT), text);
    result("send nothing", send(ends.client, "", 0, 0));
    result("receive nothing", recv(ends.server, text, sizeof text, 0));
    events("poll", ready(ends.server, POLLIN | POLLOUT | POLLRDHUP));
    result("send", send(ends.client, "last", 4, 0));
    close(ends.client);
    events("closed", ready(ends.server, POLLIN | POLLOUT | POLLRDHUP));
    received("receive", recv(ends.server, text, sizeof text, 0), text);
    received("then", recv(ends.server, text, sizeof text, MSG_DONTWAIT), text);
    result("send", send(ends.server, "x", 1, MSG_NOSIGNAL));
}

int main(void) {
    ask("SOCK_DGRAM", SOCK_DGRAM);
    ask("SOCK_SEQPACKET", SOCK_SEQPACKET);
    return 0;
}
