/* What do non-blocking local sockets answer when the other side is not there yet, or is full? */
#include "local.h"

int main(void) {
    struct local at = abstract_address("nonblocking");
    int listening = local_server(SOCK_STREAM, at), client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    set_nonblocking(listening, true);
    result("accept, nobody there", accept(listening, NULL, NULL));
    result("connect", connect(client, AT(at)));
    int server = done("accept", accept(listening, NULL, NULL));
    size_t sent = fill(client), got = 0;
    say("it took some", "%s", YES_NO(sent > 0));
    events("full", ready(client, POLLOUT));
    static unsigned char piece[8192];
    bool equal = true;
    while (got < sent) {
        ssize_t n = read(server, piece, sizeof piece);
        must(n > 0);
        for (ssize_t i = 0; i < n; i++) equal &= piece[i] == pattern(got + (size_t)i);
        got += (size_t)n;
    }
    say("all arrived", "%s", YES_NO(equal && got == sent));
    events("empty", ready(client, POLLOUT));
    close(listening);
    result("connect once nobody listens", connect(socket(AF_UNIX, SOCK_STREAM, 0), AT(at)));
    return 0;
}
