/* What do bind and connect of local sockets refuse? */
#include "local.h"

int main(void) {
    struct local at = path_address("taken"), nobody = path_address("nobody"), name = abstract_address("nobody");
    int listening = local_server(SOCK_STREAM, at), fd = socket(AF_UNIX, SOCK_STREAM, 0), datagrams = socket(AF_UNIX, SOCK_DGRAM, 0);
    result("bind to a path that is taken", bind(fd, AT(at)));
    result("bind twice", bind(listening, AT(nobody)));
    result("connect to no path", connect(fd, AT(nobody)));
    result("connect to no name", connect(fd, AT(name)));
    result("connect datagrams to a stream", connect(datagrams, AT(at)));
    result("listen on datagrams", listen(datagrams, 1));
    result("listen without a name", listen(fd, 1));
    struct sockaddr_in inet = loopback(9);
    result("an address of another family", connect(fd, SA(inet), sizeof inet));
    result("a short address", connect(fd, (struct sockaddr *)&at.address, 1));
    result("a long address", connect(fd, (struct sockaddr *)&at.address, sizeof at.address + 1));
    result("accept on what does not listen", accept(fd, NULL, NULL));
    close(listening);
    result("connect once it is closed", connect(fd, AT(at)));
    result("bind to its path", bind(fd, AT(at)));
    result("unlink", unlink(at.address.sun_path));
    result("unlink again", unlink(at.address.sun_path));
    result("bind to its path", bind(fd, AT(at)));
    result("unlink", unlink(at.address.sun_path));
    result("send without a peer", send(socket(AF_UNIX, SOCK_STREAM, 0), "x", 1, MSG_NOSIGNAL));
    result("send without a peer, datagrams", send(datagrams, "x", 1, 0));
    return 0;
}
