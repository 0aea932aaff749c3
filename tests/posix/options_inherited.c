/* Which options does an accepted socket take from its listener? */
#include "options.h"

int main(void) {
    int listening = bound(SOCK_STREAM);
    set("SO_KEEPALIVE", listening, SOL_SOCKET, SO_KEEPALIVE, 1);
    set("SO_REUSEADDR", listening, SOL_SOCKET, SO_REUSEADDR, 1);
    set("TCP_NODELAY", listening, IPPROTO_TCP, TCP_NODELAY, 1);
    set("TCP_KEEPIDLE", listening, IPPROTO_TCP, TCP_KEEPIDLE, 77);
    set("SO_RCVLOWAT", listening, SOL_SOCKET, SO_RCVLOWAT, 3);
    struct linger linger = {1, 4};
    must(setsockopt(listening, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) == 0);
    must(listen(listening, 4) == 0);
    int client = client_of(port_of(listening)), server = accepted_by(listening);
    get("SO_KEEPALIVE", server, SOL_SOCKET, SO_KEEPALIVE);
    get("SO_REUSEADDR", server, SOL_SOCKET, SO_REUSEADDR);
    get("TCP_NODELAY", server, IPPROTO_TCP, TCP_NODELAY);
    get("TCP_KEEPIDLE", server, IPPROTO_TCP, TCP_KEEPIDLE);
    get("SO_RCVLOWAT", server, SOL_SOCKET, SO_RCVLOWAT);
    get("SO_ACCEPTCONN", server, SOL_SOCKET, SO_ACCEPTCONN);
    socklen_t length = sizeof linger;
    must(getsockopt(server, SOL_SOCKET, SO_LINGER, &linger, &length) == 0);
    say("SO_LINGER", "%d %d", linger.l_onoff, linger.l_linger);
    get("the client's TCP_NODELAY", client, IPPROTO_TCP, TCP_NODELAY);
    return 0;
}
