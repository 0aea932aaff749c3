/* Do the options of IPPROTO_IP take one byte as well as an int, and which values? */
#include "options.h"

static void bytes(const char *what, int fd, int name, unsigned char value) {
    result(what, setsockopt(fd, IPPROTO_IP, name, &value, 1));
    unsigned char back[4] = {0xee, 0xee, 0xee, 0xee};
    socklen_t length = 1;
    must(getsockopt(fd, IPPROTO_IP, name, back, &length) == 0);
    say("  in one byte", "%d, length %d, the next untouched: %s", back[0], (int)length, YES_NO(back[1] == 0xee));
    get("  in an int", fd, IPPROTO_IP, name);
}

int main(void) {
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    bytes("IP_TTL", fd, IP_TTL, 7);
    bytes("IP_TOS", fd, IP_TOS, 0x10);
    bytes("IP_MULTICAST_TTL", fd, IP_MULTICAST_TTL, 9);
    bytes("IP_MULTICAST_LOOP", fd, IP_MULTICAST_LOOP, 0);
    int values[] = {1, 255, 0, 256, -1};
    for (int i = 0; i < 5; i++) {
        set_and_get("IP_TTL", fd, IPPROTO_IP, IP_TTL, values[i]);
        set_and_get("IP_MULTICAST_TTL", fd, IPPROTO_IP, IP_MULTICAST_TTL, values[i]);
        set_and_get("IP_MULTICAST_LOOP", fd, IPPROTO_IP, IP_MULTICAST_LOOP, values[i]);
    }
    char none = 0;
    result("no bytes", setsockopt(fd, IPPROTO_IP, IP_TTL, &none, 0));
    set_and_get("IP_RECVTTL", fd, IPPROTO_IP, IP_RECVTTL, 1);
    set_and_get("IP_PKTINFO", fd, IPPROTO_IP, IP_PKTINFO, 1);
    get("IP_MTU", fd, IPPROTO_IP, IP_MTU);
    int tcp = socket(AF_INET, SOCK_STREAM, 0);
    set("IP_MULTICAST_TTL of TCP", tcp, IPPROTO_IP, IP_MULTICAST_TTL, 2);
    return 0;
}
