/* Which address does accept give, and what happens to one that has no room? */
#include "check.h"

int main(void) {
    int listening = listener();
    int client = client_of(port_of(listening));
    struct sockaddr_storage peer, local = local_of(client);
    socklen_t length = sizeof peer;
    memset(&peer, 0, sizeof peer);
    int server = done("accept", accept(listening, SA(peer), &length));
    say("length", "%d", (int)length);
    say("family is AF_INET", "%s", YES_NO(peer.ss_family == AF_INET));
    say("host", "%s", host_in(&peer));
    say("port is the client's", "%s", YES_NO(port_in(&peer) == port_in(&local)));
    local = local_of(server);
    say("own host", "%s", host_in(&local));
    say("own port is the listener's", "%s", YES_NO(port_in(&local) == port_of(listening)));

    client_of(port_of(listening));
    unsigned char few[16];
    memset(few, 0xee, sizeof few);
    length = 4;
    done("accept with room for 4", accept(listening, (struct sockaddr *)few, &length));
    say("length", "%d", (int)length);
    say("byte 4 is untouched", "%s", YES_NO(few[4] == 0xee));

    client_of(port_of(listening));
    length = 0;
    done("accept with room for 0", accept(listening, (struct sockaddr *)few, &length));
    say("length", "%d", (int)length);

    client_of(port_of(listening));
    length = (socklen_t)-1;
    result("accept with a negative length", accept(listening, SA(peer), &length));

    client_of(port_of(listening));
    length = 99;
    done("accept without an address but a length", accept(listening, NULL, &length));
    say("length", "%d", (int)length);
    return 0;
}
