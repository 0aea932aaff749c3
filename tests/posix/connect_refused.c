/* What is left of a blocking connect that was refused, and can the socket be used for another? */
#include "check.h"

int main(void) {
    int port = dead_port();
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    result("connect", connect_to(fd, port));
    say("SO_ERROR", "%s", errno_name(so_error(fd)));
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    result("getpeername", getpeername(fd, SA(peer), &length));
    result("connect again", connect_to(fd, port));
    int listening = listener();
    result("connect to a listener", connect_to(fd, port_of(listening)));
    int server = accepted_by(listening);
    write_text(server, "welcome");
    close(server);
    char text[16];
    say("text", "%s", read_to_end(fd, text, sizeof text));
    return 0;
}
