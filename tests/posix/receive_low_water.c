/* Do receive and poll wait for SO_RCVLOWAT bytes of a stream? */
#include "data.h"

int main(void) {
    struct ends ends = tcp_ends();
    int low = 5;
    char text[16];
    result("SO_RCVLOWAT", setsockopt(ends.server, SOL_SOCKET, SO_RCVLOWAT, &low, sizeof low));
    write_text(ends.client, "abc");
    wait_for_bytes(ends.server, 3);
    events("poll with 3 bytes", ready(ends.server, POLLIN));
    received("receive with 3 bytes, at once", recv(ends.server, text, sizeof text, MSG_DONTWAIT), text);
    write_text(ends.client, "defgh");
    events("poll with 5 bytes", wait_for(ends.server, POLLIN));
    received("receive waits for 5", recv(ends.server, text, sizeof text, 0), text);
    write_text(ends.client, "ij");
    shutdown(ends.client, SHUT_WR);
    wait_for(ends.server, POLLIN);
    received("the end is enough", recv(ends.server, text, sizeof text, 0), text);
    return 0;
}
