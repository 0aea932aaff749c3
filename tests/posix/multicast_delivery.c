/* Do datagrams sent to a group on loopback reach its members, and no longer when they have left? */
#include "options.h"

int main(void) {
    int from = socket(AF_INET, SOCK_DGRAM, 0), to = socket(AF_INET, SOCK_DGRAM, 0);
    char text[16];
    struct sockaddr_in any = loopback(0), group = loopback(0);
    any.sin_addr.s_addr = htonl(INADDR_ANY);
    must(bind(to, SA(any), sizeof any) == 0);
    struct ip_mreq request = {.imr_interface.s_addr = htonl(INADDR_LOOPBACK)};
    must(inet_pton(AF_INET, "239.77.1.2", &request.imr_multiaddr) == 1);
    result("join", setsockopt(to, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request));
    result("IP_MULTICAST_IF", setsockopt(from, IPPROTO_IP, IP_MULTICAST_IF, &request.imr_interface, sizeof request.imr_interface));
    result("IP_MULTICAST_TTL", setsockopt(from, IPPROTO_IP, IP_MULTICAST_TTL, (int[]){0}, sizeof(int)));
    struct in_addr back;
    socklen_t length = sizeof back;
    result("get IP_MULTICAST_IF", getsockopt(from, IPPROTO_IP, IP_MULTICAST_IF, &back, &length));
    say("it is what was set", "%s", YES_NO(length == 4 && back.s_addr == htonl(INADDR_LOOPBACK)));
    group.sin_addr = request.imr_multiaddr;
    group.sin_port = htons((uint16_t)port_of(to));
    result("send to the group", sendto(from, "abc", 3, 0, SA(group), sizeof group));
    must(wait_for(to, POLLIN) & POLLIN);
    received("received", recv(to, text, sizeof text, 0), text);
    result("leave", setsockopt(to, IPPROTO_IP, IP_DROP_MEMBERSHIP, &request, sizeof request));
    result("send to the group", sendto(from, "def", 3, 0, SA(group), sizeof group));
    struct sockaddr_in direct = loopback(port_of(to));
    result("send to the member", sendto(from, "ghi", 3, 0, SA(direct), sizeof direct));
    must(wait_for(to, POLLIN) & POLLIN);
    received("received", recv(to, text, sizeof text, 0), text);
    received("nothing else", recv(to, text, sizeof text, MSG_DONTWAIT), text);
    return 0;
}
