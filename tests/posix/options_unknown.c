/* What do unknown options and levels answer? */
#include "options.h"

static void ask(const char *what, int fd, int level, int name) {
    int value = 1;
    socklen_t length = sizeof value;
    puts(what);
    result("  set", setsockopt(fd, level, name, &value, sizeof value));
    result("  get", getsockopt(fd, level, name, &value, &length));
}

int main(void) {
    int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0), six = socket(AF_INET6, SOCK_DGRAM, 0);
    ask("SOL_SOCKET", tcp, SOL_SOCKET, 9999);
    ask("IPPROTO_TCP", tcp, IPPROTO_TCP, 9999);
    ask("IPPROTO_IP", tcp, IPPROTO_IP, 9999);
    ask("IPPROTO_IPV6 of IPv6", six, IPPROTO_IPV6, 9999);
    ask("IPPROTO_UDP", udp, IPPROTO_UDP, 9999);
    ask("a level that is none", tcp, 9999, 1);
    ask("TCP's of UDP", udp, IPPROTO_TCP, TCP_NODELAY);
    ask("IPv6's of IPv4", udp, IPPROTO_IPV6, IPV6_V6ONLY);
    close(tcp);
    ask("not a descriptor", tcp, SOL_SOCKET, SO_REUSEADDR);
    ask("a file", open("/", O_RDONLY | O_DIRECTORY), SOL_SOCKET, SO_REUSEADDR);
    return 0;
}
