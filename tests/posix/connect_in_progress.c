/* What does a non-blocking connect go through until it is connected? */
#include "check.h"

int main(void) {
    int listening = listener();
    int client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    result("connect", connect_to(client, port_of(listening)));
    events("poll", wait_for(client, POLLOUT));
    say("SO_ERROR", "%s", errno_name(so_error(client)));
    result("connect again", connect_to(client, port_of(listening)));
    result("and again", connect_to(client, port_of(listening)));
    struct sockaddr_storage peer = peer_of(client);
    say("peer", "%s", host_in(&peer));
    int server = accepted_by(listening);
    write_text(client, "hello");
    close(client);
    char text[8];
    say("text", "%s", read_to_end(server, text, sizeof text));
    return 0;
}
