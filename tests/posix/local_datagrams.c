/* Do local datagram sockets send by name, and who is the sender? */
#include "local.h"

int main(void) {
    struct local here = path_address("here"), there = abstract_address("there");
    int a = local_server(SOCK_DGRAM, here), b = local_server(SOCK_DGRAM, there), nameless = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct sockaddr_un sender;
    socklen_t length = sizeof sender;
    char text[16];
    result("sendto", sendto(a, "abc", 3, 0, AT(there)));
    received("receive", recvfrom(b, text, sizeof text, 0, (struct sockaddr *)&sender, &length), text);
    say("from", "%s", YES_NO(length == here.length && memcmp(&sender, &here.address, length) == 0));
    result("answer", sendto(b, "def", 3, 0, (struct sockaddr *)&sender, length));
    received("receive", recv(a, text, sizeof text, 0), text);
    result("sendto without a name", sendto(nameless, "ghi", 3, 0, AT(there)));
    length = sizeof sender;
    received("receive", recvfrom(b, text, sizeof text, 0, (struct sockaddr *)&sender, &length), text);
    say("length of its name", "%d", (int)length);
    result("connect", connect(nameless, AT(there)));
    result("send", send(nameless, "jkl", 3, 0));
    received("receive", recv(b, text, sizeof text, 0), text);
    close(b);
    result("send once it is closed", send(nameless, "x", 1, 0));
    result("sendto once it is closed", sendto(a, "x", 1, 0, AT(there)));
    struct local nobody = path_address("nobody");
    result("connect to a path that nobody has", connect(nameless, AT(nobody)));
    result("unlink", unlink(here.address.sun_path));
    return 0;
}
