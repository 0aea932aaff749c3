/* What do the hints leave of the answer, and which of them are refused? */
#include "names.h"

int main(void) {
    look_up("127.0.0.1", "7", 0, AF_INET, SOCK_STREAM, IPPROTO_TCP);
    look_up("127.0.0.1", "7", 0, AF_INET, 0, IPPROTO_UDP);
    look_up("127.0.0.1", "7", 0, AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    look_up("127.0.0.1", "7", 0, 77, SOCK_STREAM, 0);
    look_up("127.0.0.1", "7", 0x100000, AF_INET, SOCK_STREAM, 0);
    look_up("127.0.0.1", "7", 0, AF_INET, SOCK_STREAM, IPPROTO_UDP);
    look_up(NULL, NULL, 0, AF_INET, SOCK_STREAM, 0);
    look_up(NULL, "7", AI_CANONNAME, AF_INET, SOCK_STREAM, 0);
    return 0;
}
