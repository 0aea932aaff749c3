/* Can a connection be accepted whose client has sent something and left? */
#include "check.h"

int main(void) {
    int listening = listener();
    int client = client_of(port_of(listening));
    write_text(client, "goodbye");
    close(client);
    int server = done("accept", accept(listening, NULL, NULL));
    char text[32];
    say("text", "%s", read_to_end(server, text, sizeof text));
    result("read again", (long)read(server, text, sizeof text));
    events("poll", ready(server, POLLIN | POLLOUT | POLLRDHUP));
    return 0;
}
