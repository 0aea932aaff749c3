/* What does getaddrinfo make of addresses written as numbers? */
#include "names.h"

int main(void) {
    look_up("127.0.0.1", "80", 0, AF_UNSPEC, SOCK_STREAM, 0);
    look_up("10.1.2.3", "0", AI_NUMERICHOST, AF_INET, SOCK_DGRAM, 0);
    look_up("::1", "65535", 0, AF_UNSPEC, SOCK_STREAM, 0);
    look_up("2001:db8::12", NULL, AI_NUMERICHOST, AF_INET6, SOCK_STREAM, 0);
    look_up("::ffff:1.2.3.4", "1", 0, AF_UNSPEC, SOCK_STREAM, 0);
    look_up("127.1", "80", AI_NUMERICHOST, AF_INET, SOCK_STREAM, 0);
    look_up("0x7f000001", "80", AI_NUMERICHOST, AF_INET, SOCK_STREAM, 0);
    look_up("localhost", "80", AI_NUMERICHOST, AF_INET, SOCK_STREAM, 0);
    look_up("1.2.3.4.5", "80", AI_NUMERICHOST, AF_UNSPEC, SOCK_STREAM, 0);
    look_up("1.2.3.256", "80", AI_NUMERICHOST, AF_UNSPEC, SOCK_STREAM, 0);
    look_up("::1::", "80", AI_NUMERICHOST, AF_UNSPEC, SOCK_STREAM, 0);
    look_up("", "80", AI_NUMERICHOST, AF_UNSPEC, SOCK_STREAM, 0);
    return 0;
}
