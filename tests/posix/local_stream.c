/* Do local stream sockets meet by path and by abstract name? */
#include "local.h"

static void ask(const char *what, struct local at) {
    say(what, "--");
    char text[16];
    int listening = local_server(SOCK_STREAM, at), client = socket(AF_UNIX, SOCK_STREAM, 0);
    events("listening", ready(listening, POLLIN | POLLOUT));
    result("connect", connect(client, AT(at)));
    result("connect again", connect(client, AT(at)));
    events("one waits", ready(listening, POLLIN | POLLOUT));
    write_text(client, "early");
    struct sockaddr_un name;
    socklen_t length = sizeof name;
    int server = done("accept", accept(listening, (struct sockaddr *)&name, &length));
    say("the client has no name", "%d", (int)length);
    received("receive", recv(server, text, sizeof text, 0), text);
    write_text(server, "answer");
    received("receive", recv(client, text, sizeof text, 0), text);
    length = sizeof name;
    result("getpeername", getpeername(client, (struct sockaddr *)&name, &length));
    say("it is the server's", "%s", YES_NO(length == at.length && memcmp(&name, &at.address, at.length) == 0));
    length = sizeof name;
    result("getsockname", getsockname(server, (struct sockaddr *)&name, &length));
    say("it is the listener's", "%s", YES_NO(length == at.length && memcmp(&name, &at.address, at.length) == 0));
    close(client);
    result("the end", recv(server, text, sizeof text, 0));
    close(server);
    close(listening);
    if (at.address.sun_path[0]) result("unlink", unlink(at.address.sun_path));
}

int main(void) {
    ask("path", path_address("stream"));
    ask("abstract", abstract_address("stream"));
    return 0;
}
