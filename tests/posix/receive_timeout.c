/* Does SO_RCVTIMEO end a receive, an accept and nothing else, after its time? */
#include "data.h"
#include <sys/time.h>
#include <time.h>

static long since(struct timespec start) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000;
}

int main(void) {
    struct ends tcp = tcp_ends(), udp = datagram_ends();
    int listening = listener();
    struct timeval limit = {0, 120000}, none = {0, 0};
    struct timespec start;
    char text[8];
    int fds[] = {tcp.server, udp.server, listening};
    const char *names[] = {"TCP", "UDP", "listener"};
    for (int i = 0; i < 3; i++) {
        result(names[i], setsockopt(fds[i], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
        clock_gettime(CLOCK_MONOTONIC, &start);
        result("  nothing comes", i == 2 ? accept(fds[i], NULL, NULL) : recv(fds[i], text, sizeof text, 0));
        long time = since(start);
        say("  it took its time", "%s", YES_NO(time >= 119 && time < 5000));
    }
    write_text(tcp.client, "abc");
    received("data in time", recv(tcp.server, text, sizeof text, 0), text);
    struct timeval back = {9, 9};
    socklen_t length = sizeof back;
    result("read back", getsockopt(tcp.server, SOL_SOCKET, SO_RCVTIMEO, &back, &length));
    say("  is what was set", "%s", YES_NO(back.tv_sec == 0 && back.tv_usec == 120000 && length == sizeof back));
    result("switched off", setsockopt(tcp.server, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof none));
    limit = (struct timeval){0, 1000000};
    result("a million microseconds", setsockopt(tcp.server, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
    result("a short value", setsockopt(tcp.server, SOL_SOCKET, SO_RCVTIMEO, &limit, 4));
    return 0;
}
