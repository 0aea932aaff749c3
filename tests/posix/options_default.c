/* Which values do the options of fresh sockets have? */
#include "options.h"

static void common(int fd) {
    get("SO_REUSEADDR", fd, SOL_SOCKET, SO_REUSEADDR);
    get("SO_REUSEPORT", fd, SOL_SOCKET, SO_REUSEPORT);
    get("SO_KEEPALIVE", fd, SOL_SOCKET, SO_KEEPALIVE);
    get("SO_BROADCAST", fd, SOL_SOCKET, SO_BROADCAST);
    get("SO_OOBINLINE", fd, SOL_SOCKET, SO_OOBINLINE);
    get("SO_DONTROUTE", fd, SOL_SOCKET, SO_DONTROUTE);
    get("SO_ERROR", fd, SOL_SOCKET, SO_ERROR);
    get("SO_RCVLOWAT", fd, SOL_SOCKET, SO_RCVLOWAT);
    get("SO_SNDLOWAT", fd, SOL_SOCKET, SO_SNDLOWAT);
    get("IP_TOS", fd, IPPROTO_IP, IP_TOS);
    get("IP_TTL", fd, IPPROTO_IP, IP_TTL);
    get("IP_MULTICAST_TTL", fd, IPPROTO_IP, IP_MULTICAST_TTL);
    get("IP_MULTICAST_LOOP", fd, IPPROTO_IP, IP_MULTICAST_LOOP);
}

int main(void) {
    int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0), six = socket(AF_INET6, SOCK_DGRAM, 0);
    puts("TCP");
    common(tcp);
    get("TCP_NODELAY", tcp, IPPROTO_TCP, TCP_NODELAY);
    get("TCP_CORK", tcp, IPPROTO_TCP, TCP_CORK);
    get("TCP_KEEPIDLE", tcp, IPPROTO_TCP, TCP_KEEPIDLE);
    get("TCP_KEEPINTVL", tcp, IPPROTO_TCP, TCP_KEEPINTVL);
    get("TCP_KEEPCNT", tcp, IPPROTO_TCP, TCP_KEEPCNT);
    get("TCP_USER_TIMEOUT", tcp, IPPROTO_TCP, TCP_USER_TIMEOUT);
    puts("UDP");
    common(udp);
    puts("UDP over IPv6");
    get("IPV6_UNICAST_HOPS", six, IPPROTO_IPV6, IPV6_UNICAST_HOPS);
    get("IPV6_MULTICAST_HOPS", six, IPPROTO_IPV6, IPV6_MULTICAST_HOPS);
    get("IPV6_MULTICAST_LOOP", six, IPPROTO_IPV6, IPV6_MULTICAST_LOOP);
    get("IPV6_MULTICAST_IF", six, IPPROTO_IPV6, IPV6_MULTICAST_IF);
    get("IPV6_V6ONLY", six, IPPROTO_IPV6, IPV6_V6ONLY);
    get("IPV6_RECVPKTINFO", six, IPPROTO_IPV6, IPV6_RECVPKTINFO);
    return 0;
}
