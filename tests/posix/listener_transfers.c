/* What do calls that transfer data say on a listener? */
#include "check.h"

int main(void) {
    int listening = listener();
    char byte = 'x';
    result("read", (long)read(listening, &byte, 1));
    result("recv", (long)recv(listening, &byte, 1, MSG_DONTWAIT));
    result("send", (long)send(listening, &byte, 1, MSG_NOSIGNAL));
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    result("getpeername", getpeername(listening, SA(peer), &length));
    say("SO_ERROR", "%s", errno_name(so_error(listening)));
    return 0;
}
