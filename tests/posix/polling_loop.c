/* Does a program that never waits, but asks again and again, make progress? */
#include "data.h"
#include <time.h>

static time_t start;

static bool too_long(void) { return time(NULL) - start > DEADLINE / 1000; }

int main(void) {
    start = time(NULL);
    int listening = listener(), client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), server;
    set_nonblocking(listening, true);
    while (connect_to(client, port_of(listening)) < 0 && errno != EISCONN) {
        must(errno == EINPROGRESS || errno == EALREADY);
        must(!too_long());
    }
    say("connect in a loop", "connected");
    while ((server = accept(listening, NULL, NULL)) < 0) must(errno == EAGAIN && !too_long());
    say("accept in a loop", "accepted");
    set_nonblocking(server, true);
    char text[8];
    ssize_t n;
    write_text(client, "abc");
    while ((n = recv(server, text, sizeof text, 0)) < 0) must(errno == EAGAIN && !too_long());
    received("receive in a loop", n, text);
    write_text(server, "de");
    while (!(ready(client, POLLIN) & POLLIN)) must(!too_long());
    received("poll in a loop", recv(client, text, sizeof text, 0), text);
    write_text(server, "f");
    for (;;) {
        fd_set set;
        FD_ZERO(&set);
        FD_SET(client, &set);
        struct timeval none = {0, 0};
        if (select(client + 1, &set, NULL, NULL, &none) == 1) break;
        must(!too_long());
    }
    received("select in a loop", recv(client, text, sizeof text, 0), text);
    close(server);
    while ((n = recv(client, text, sizeof text, MSG_DONTWAIT)) < 0) must(errno == EAGAIN && !too_long());
    result("the end in a loop", n);
    return 0;
}
