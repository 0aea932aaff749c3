/* What does poll say of sockets that are not connected yet? */
#include "data.h"

enum { ALL = POLLIN | POLLPRI | POLLOUT | POLLRDNORM | POLLWRNORM | POLLRDHUP };

int main(void) {
    int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
    events("fresh TCP", ready(tcp, ALL));
    events("fresh TCP, nothing wanted", ready(tcp, 0));
    events("fresh UDP", ready(udp, ALL));
    events("bound TCP", ready(bound(SOCK_STREAM), ALL));
    events("bound UDP", ready(bound(SOCK_DGRAM), ALL));
    int listening = listener();
    events("listening", ready(listening, ALL));
    int client = client_of(port_of(listening));
    events("listening, one waits", wait_for(listening, ALL));
    events("connected client", ready(client, ALL));
    close(accepted_by(listening));
    events("listening, it is taken", ready(listening, ALL));
    return 0;
}
