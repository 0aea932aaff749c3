/* What does shutdown do to a listener? */
#include "check.h"

int main(void) {
    int listening = listener();
    int port = port_of(listening);
    result("shutdown for writing", shutdown(listening, SHUT_WR));
    int client = socket(AF_INET, SOCK_STREAM, 0);
    result("connect", connect_to(client, port));
    close(client);
    result("shutdown for reading", shutdown(listening, SHUT_RD));
    result("accept", accept(listening, NULL, NULL));
    client = socket(AF_INET, SOCK_STREAM, 0);
    result("connect", connect_to(client, port));
    result("listen again", listen(listening, 5));
    close(client);
    client = socket(AF_INET, SOCK_STREAM, 0);
    result("connect", connect_to(client, port_of(listening)));
    done("accept", accept(listening, NULL, NULL));
    return 0;
}
