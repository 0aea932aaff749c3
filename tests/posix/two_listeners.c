/* Can two listeners have one port on two addresses, and does each get its own clients? */
#include "check.h"

static int listen_on(const char *host, int port) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = loopback(port);
    inet_pton(AF_INET, host, &address.sin_addr);
    result(host, bind(fd, SA(address), sizeof address));
    must(listen(fd, 5) == 0);
    return fd;
}

int main(void) {
    int first = listen_on("127.0.0.1", 0);
    int port = port_of(first);
    int second = listen_on("127.0.0.2", port);
    set_nonblocking(first, true);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = loopback(port);
    inet_pton(AF_INET, "127.0.0.2", &address.sin_addr);
    result("connect to the second", connect(client, SA(address), sizeof address));
    int server = done("the second accepts", accept(second, NULL, NULL));
    struct sockaddr_storage local = local_of(server);
    say("on", "%s", host_in(&local));
    result("the first", accept(first, NULL, NULL));
    return 0;
}
