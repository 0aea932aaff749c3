/* Do local packet sockets connect like streams and keep messages apart? */
#include "local.h"

int main(void) {
    struct local at = abstract_address("packets");
    int listening = local_server(SOCK_SEQPACKET, at), client = socket(AF_UNIX, SOCK_SEQPACKET, 0), wrong = socket(AF_UNIX, SOCK_STREAM, 0);
    char text[16];
    result("a stream to it", connect(wrong, AT(at)));
    result("connect", connect(client, AT(at)));
    int server = done("accept", accept(listening, NULL, NULL));
    result("send", send(client, "first", 5, 0));
    result("send", send(client, "second", 6, 0));
    struct iovec piece = {text, 3};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    received("3 bytes of it", recvmsg(server, &message, 0), text);
    flags_of("flags", message.msg_flags);
    received("the next", recv(server, text, sizeof text, 0), text);
    close(client);
    result("the end", recv(server, text, sizeof text, 0));
    result("send", send(server, "x", 1, MSG_NOSIGNAL));
    return 0;
}
