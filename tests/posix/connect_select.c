/* Does select tell the end of a non-blocking connect, good or bad? */
#include "check.h"

static void try(const char *what, int port) {
    int client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    must(connect_to(client, port) == -1 && errno == EINPROGRESS);
    fd_set out;
    FD_ZERO(&out);
    FD_SET(client, &out);
    struct timeval limit = {DEADLINE / 1000, 0};
    result(what, select(client + 1, NULL, &out, NULL, &limit));
    say("writable", "%s", YES_NO(FD_ISSET(client, &out)));
    say("SO_ERROR", "%s", errno_name(so_error(client)));
}

int main(void) {
    int listening = listener();
    try("listening port", port_of(listening));
    try("dead port", dead_port());
    return 0;
}
