/* Can two listeners share a port if both say SO_REUSEPORT, and only then? */
#include "check.h"

static int try(const char *what, int port, int on) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    must(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0);
    struct sockaddr_in address = loopback(port);
    int answer = bind(fd, SA(address), sizeof address);
    result(what, answer);
    if (answer == 0) result("listen", listen(fd, 5));
    return fd;
}

int main(void) {
    int first = try("first", 0, 1);
    int second = try("second", port_of(first), 1);
    try("third, without", port_of(first), 0);
    int client = client_of(port_of(first));
    struct pollfd both[] = {{first, POLLIN, 0}, {second, POLLIN, 0}};
    result("one of them is ready", poll(both, 2, DEADLINE));
    done("it accepts", accept(both[0].revents ? first : second, NULL, NULL));
    close(client);
    return 0;
}
