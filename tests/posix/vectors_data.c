/* Do readv and writev work on streams and datagrams, and what do they say of bad counts? */
#include "data.h"

int main(void) {
    struct ends tcp = tcp_ends(), udp = datagram_ends();
    char a[4] = "", b[8] = "";
    struct iovec out[3] = {{"ab", 2}, {"", 0}, {"cdef", 4}}, in[2] = {{a, 3}, {b, 7}};
    result("writev to a stream", writev(tcp.client, out, 3));
    wait_for_bytes(tcp.server, 6);
    result("readv from a stream", readv(tcp.server, in, 2));
    say("pieces", "%.3s %.3s", a, b);
    result("writev a datagram", writev(udp.client, out, 3));
    result("readv a datagram", readv(udp.server, in, 2));
    say("pieces", "%.3s %.3s", a, b);
    result("writev of no piece to a stream", writev(tcp.client, out, 0));
    result("readv of no piece of a stream", readv(tcp.server, in, 0));
    return 0;
}
