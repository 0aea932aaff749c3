/* What does gethostbyname answer for localhost and for numbers? */
#include "names.h"

static void ask(const char *name) {
    struct hostent *host = gethostbyname(name);
    if (!host) {
        say(name, "none");
        return;
    }
    say(name, "%s", host->h_addrtype == AF_INET && host->h_length == 4 ? "IPv4" : "other");
    char text[64];
    must(inet_ntop(AF_INET, host->h_addr_list[0], text, sizeof text) != NULL);
    say("  address", "%s", text);
    say("  the only one", "%s", YES_NO(host->h_addr_list[1] == NULL));
}

int main(void) {
    ask("127.0.0.1");
    ask("10.20.30.40");
    ask("localhost");
    struct hostent *host = gethostbyname("192.0.2.1");
    say("name of a number", "%s", host ? host->h_name : "none");
    return 0;
}
