/* Does TCP work over ::1, and what are the names of its ends? */
#include "check.h"

int main(void) {
    int listening = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 here = loopback6(0);
    result("bind", bind(listening, SA(here), sizeof here));
    result("listen", listen(listening, 5));
    int client = socket(AF_INET6, SOCK_STREAM, 0);
    here = loopback6(port_of(listening));
    result("connect", connect(client, SA(here), sizeof here));
    struct sockaddr_in6 peer;
    socklen_t length = sizeof peer;
    int server = done("accept", accept(listening, SA(peer), &length));
    say("length", "%d", (int)length);
    struct sockaddr_storage address;
    memcpy(&address, &peer, sizeof peer);
    say("peer", "%s", host_in(&address));
    say("flow and scope", "%u %u", (unsigned)peer.sin6_flowinfo, (unsigned)peer.sin6_scope_id);
    address = local_of(client);
    say("local", "%s", host_in(&address));
    say("ports", "%s", YES_NO(port_in(&address) == ntohs(peer.sin6_port)));
    write_text(client, "six");
    close(client);
    char text[8];
    say("text", "%s", read_to_end(server, text, sizeof text));
    return 0;
}
