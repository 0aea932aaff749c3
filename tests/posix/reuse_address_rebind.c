/* Can a server with SO_REUSEADDR start again on its port while a connection of its earlier life is open? */
#include "check.h"

static int serve(int port) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1;
    must(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0);
    struct sockaddr_in address = loopback(port);
    result("bind", bind(fd, SA(address), sizeof address));
    result("listen", listen(fd, 5));
    return fd;
}

int main(void) {
    int first = serve(0);
    int port = port_of(first);
    int old_client = client_of(port);
    int old_server = accepted_by(first);
    close(first);
    int second = serve(port);
    int client = client_of(port);
    int server = accepted_by(second);
    write_text(client, "new");
    write_text(old_client, "old");
    char text[4] = "";
    read_exactly(server, text, 3);
    say("new", "%s", text);
    read_exactly(old_server, text, 3);
    say("old", "%s", text);
    return 0;
}
