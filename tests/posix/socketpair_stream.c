/* What does a pair of local stream sockets do with data, halves that are shut, and ends that are closed? */
#include "data.h"

int main(void) {
    struct ends ends = local_ends(SOCK_STREAM);
    char text[16];
    signal(SIGPIPE, SIG_IGN);
    write_text(ends.client, "abc");
    write_text(ends.client, "def");
    received("both writes as one stream", recv(ends.server, text, sizeof text, 0), text);
    write_text(ends.server, "back");
    received("the other way", read(ends.client, text, sizeof text), text);
    received("nothing there", recv(ends.client, text, sizeof text, MSG_DONTWAIT), text);
    events("poll", ready(ends.client, POLLIN | POLLOUT | POLLRDHUP));
    result("shutdown", shutdown(ends.client, SHUT_WR));
    result("write after it", write(ends.client, "x", 1));
    events("poll there", ready(ends.server, POLLIN | POLLOUT | POLLRDHUP));
    result("the end", read(ends.server, text, sizeof text));
    write_text(ends.server, "on");
    received("the other half is open", read(ends.client, text, sizeof text), text);
    result("close", close(ends.server));
    events("poll", ready(ends.client, POLLIN | POLLOUT | POLLRDHUP));
    result("the end", read(ends.client, text, sizeof text));

    ends = local_ends(SOCK_STREAM);
    write_text(ends.client, "unread");
    close(ends.server);
    result("closed with data unread", read(ends.client, text, sizeof text));
    result("then", read(ends.client, text, sizeof text));
    result("write", write(ends.client, "x", 1));
    return 0;
}
