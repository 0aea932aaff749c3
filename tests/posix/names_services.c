/* Which services does getaddrinfo know, and what does it say of bad ones? */
#include "names.h"

int main(void) {
    look_up("127.0.0.1", "http", 0, AF_INET, SOCK_STREAM, 0);
    look_up("127.0.0.1", "https", 0, AF_INET, SOCK_STREAM, 0);
    look_up("127.0.0.1", "domain", 0, AF_INET, SOCK_DGRAM, 0);
    look_up("127.0.0.1", "ntp", 0, AF_INET, SOCK_DGRAM, 0);
    look_up("127.0.0.1", "http", AI_NUMERICSERV, AF_INET, SOCK_STREAM, 0);
    look_up("127.0.0.1", "no-such-service", 0, AF_INET, SOCK_STREAM, 0);
    look_up("127.0.0.1", "80", AI_NUMERICSERV, AF_INET, SOCK_STREAM, 0);
    look_up("127.0.0.1", "80x", AI_NUMERICSERV, AF_INET, SOCK_STREAM, 0);
    return 0;
}
