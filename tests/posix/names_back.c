/* What does getnameinfo make of addresses, with numbers asked for and with little room? */
#include "names.h"

static void ask(const char *what, const void *address, socklen_t length, socklen_t host_room, socklen_t service_room, int flags) {
    char host[64] = "", service[32] = "";
    int error = getnameinfo(address, length, host_room ? host : NULL, host_room, service_room ? service : NULL, service_room, flags);
    say(what, "%s", eai_name(error));
    if (error) return;
    if (host_room) say("  host", "%s", host);
    if (service_room) say("  service", "%s", service);
}

int main(void) {
    enum { NUMBERS = NI_NUMERICHOST | NI_NUMERICSERV };
    struct sockaddr_in four = loopback(80);
    struct sockaddr_in6 six = loopback6(443);
    ask("IPv4", &four, sizeof four, 64, 32, NUMBERS);
    ask("IPv6", &six, sizeof six, 64, 32, NUMBERS);
    ask("host alone", &four, sizeof four, 64, 0, NUMBERS);
    ask("service alone", &four, sizeof four, 0, 32, NUMBERS);
    ask("service by name", &four, sizeof four, 0, 32, NI_NUMERICHOST);
    ask("little room for the host", &four, sizeof four, 4, 32, NUMBERS);
    ask("little room for the service", &four, sizeof four, 64, 2, NUMBERS);
    ask("short address", &four, 4, 64, 32, NUMBERS);
    four.sin_family = 77;
    ask("unknown family", &four, sizeof four, 64, 32, NUMBERS);
    return 0;
}
