/* What is left of a connected UDP socket after connect with AF_UNSPEC? */
#include "check.h"

static void try(const char *what, int fd) {
    int other = bound(SOCK_DGRAM);
    say("socket", "%s", what);
    must(connect_to(fd, port_of(other)) == 0);
    int port = port_of(fd);
    struct sockaddr none;
    memset(&none, 0, sizeof none);
    none.sa_family = AF_UNSPEC;
    result("disconnect", connect(fd, &none, sizeof none));
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    result("getpeername", getpeername(fd, SA(address), &length));
    address = local_of(fd);
    say("local", "%s", host_in(&address));
    say("the port", "%s", port_in(&address) == 0 ? "is 0" : port_in(&address) == port ? "stays" : "is another");
    result("send", (long)send(fd, "x", 1, 0));
    struct sockaddr_in to = loopback(port_of(other));
    result("sendto", (long)sendto(fd, "x", 1, 0, SA(to), sizeof to));
    say("it has a port", "%s", YES_NO(port_of(fd) != 0));
    result("disconnect again", connect(fd, &none, sizeof none));
}

int main(void) {
    int found = bound(SOCK_DGRAM);
    struct sockaddr_in address = loopback(port_of(found));
    close(found);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    must(bind(fd, SA(address), sizeof address) == 0);
    try("bound to a port by its number", fd);
    try("bound to port 0", bound(SOCK_DGRAM));
    try("not bound", socket(AF_INET, SOCK_DGRAM, 0));
    return 0;
}
