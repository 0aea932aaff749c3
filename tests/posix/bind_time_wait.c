/* Can a port be bound whose last connection the server has just closed, without and with SO_REUSEADDR? */
#include "check.h"

int main(void) {
    /* The connection that is over has to have had the option, too: it takes it from its listener. */
    int listening = bound(SOCK_STREAM);
    int on = 1;
    must(setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 && listen(listening, 5) == 0);
    int port = port_of(listening);
    int client = client_of(port);
    int server = accepted_by(listening);
    close(server);
    char byte;
    must(read(client, &byte, 1) == 0);
    close(client);
    close(listening);
    struct sockaddr_in address = loopback(port);
    int plain = socket(AF_INET, SOCK_STREAM, 0);
    result("without", bind(plain, SA(address), sizeof address));
    close(plain);
    int again = socket(AF_INET, SOCK_STREAM, 0);
    must(setsockopt(again, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0);
    result("with", bind(again, SA(address), sizeof address));
    result("listen", listen(again, 5));
    close(client_of(port));
    done("accept", accept(again, NULL, NULL));
    return 0;
}
