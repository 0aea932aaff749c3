/* Which port does a bind to port 0 give, and when can it be seen? */
#include "check.h"

int main(void) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_storage before = local_of(fd);
    say("host before bind", "%s", host_in(&before));
    say("port before bind", "%d", port_in(&before));
    struct sockaddr_in address = loopback(0);
    result("bind", bind(fd, SA(address), sizeof address));
    struct sockaddr_storage bound_to = local_of(fd);
    say("host after bind", "%s", host_in(&bound_to));
    say("port after bind is not 0", "%s", YES_NO(port_in(&bound_to) != 0));
    result("listen", listen(fd, 1));
    say("the same port after listen", "%s", YES_NO(port_of(fd) == port_in(&bound_to)));
    int client = socket(AF_INET, SOCK_STREAM, 0);
    result("connect to it", connect_to(client, port_in(&bound_to)));
    close(client);
    close(fd);
    return 0;
}
