/* What does connect say to port 0? */
#include "check.h"

int main(void) {
    result("TCP", connect_to(socket(AF_INET, SOCK_STREAM, 0), 0));
    int udp = socket(AF_INET, SOCK_DGRAM, 0);
    result("UDP", connect_to(udp, 0));
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    result("its getpeername", getpeername(udp, SA(peer), &length));
    return 0;
}
