/* Does listen give a port to a socket that was not bound? */
#include "check.h"

int main(void) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    result("listen", listen(fd, 5));
    struct sockaddr_storage local = local_of(fd);
    say("host", "%s", host_in(&local));
    say("it has a port", "%s", YES_NO(port_in(&local) != 0));
    int client = client_of(port_in(&local));
    int server = accepted_by(fd);
    write_text(client, "hello");
    char text[6] = "";
    result("read", read_exactly(server, text, 5));
    say("text", "%s", text);
    close(client);
    close(server);
    close(fd);
    return 0;
}
