/* Which names do getsockname and getpeername give for local sockets, and how long are they? */
#include "local.h"

static void ask(const char *what, int fd, bool peer) {
    struct sockaddr_un name;
    memset(&name, 'x', sizeof name);
    socklen_t length = sizeof name;
    int answer = peer ? getpeername(fd, (struct sockaddr *)&name, &length) : getsockname(fd, (struct sockaddr *)&name, &length);
    if (result(what, answer) == 0) say("  family and length", "%s, %d", name.sun_family == AF_UNIX ? "AF_UNIX" : "other", (int)length);
}

int main(void) {
    struct local at = {{.sun_family = AF_UNIX}, sizeof(sa_family_t) + 6};
    memcpy(at.address.sun_path, "\0a\0b\0c", 6);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ask("fresh", fd, false);
    ask("fresh, its peer", fd, true);
    result("bind to a name with zeros in it", bind(fd, AT(at)));
    ask("bound", fd, false);
    char small[4];
    socklen_t length = sizeof small;
    result("little room", getsockname(fd, (struct sockaddr *)small, &length));
    say("the full length is told", "%d", (int)length);
    struct local any = {{.sun_family = AF_UNIX}, sizeof(sa_family_t)};
    int chosen = socket(AF_UNIX, SOCK_STREAM, 0);
    result("bind to no name", bind(chosen, AT(any)));
    ask("it is given one", chosen, false);
    must(listen(fd, 1) == 0);
    int client = socket(AF_UNIX, SOCK_STREAM, 0);
    must(connect(client, AT(at)) == 0);
    ask("client", client, false);
    ask("its peer", client, true);
    int server = accept(fd, NULL, NULL);
    ask("accepted", server, false);
    ask("its peer", server, true);
    return 0;
}
