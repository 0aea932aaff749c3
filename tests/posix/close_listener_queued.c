/* What does a client see that was never accepted when the listener closes? */
#include "check.h"

int main(void) {
    int listening = listener();
    int client = client_of(port_of(listening));
    int port = port_of(listening);
    close(listening);
    char byte;
    result("read", (long)read(client, &byte, 1));
    int late = socket(AF_INET, SOCK_STREAM, 0);
    result("connect", connect_to(late, port));
    return 0;
}
