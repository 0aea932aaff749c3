/* Does a connection live on when its listener is closed? */
#include "check.h"

int main(void) {
    int listening = listener();
    int client = client_of(port_of(listening));
    int server = accepted_by(listening);
    result("close", close(listening));
    write_text(client, "ping");
    char text[5] = "";
    result("read", read_exactly(server, text, 4));
    write_text(server, "pong");
    result("read", read_exactly(client, text, 4));
    say("text", "%s", text);
    return 0;
}
