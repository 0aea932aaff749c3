/* What does poll say of the ends of a pipe? */
#include "data.h"

enum { ALL = POLLIN | POLLOUT | POLLRDHUP | POLLRDNORM | POLLWRNORM };

int main(void) {
    struct ends tube = pipe_ends();
    char text[4];
    events("empty, reading end", ready(tube.server, ALL));
    events("empty, writing end", ready(tube.client, ALL));
    write_text(tube.client, "x");
    events("a byte, reading end", ready(tube.server, ALL));
    close(tube.client);
    events("writer gone, a byte left", ready(tube.server, ALL));
    must(read(tube.server, text, 4) == 1);
    events("writer gone, nothing left", ready(tube.server, ALL));
    tube = pipe_ends();
    close(tube.server);
    events("reader gone", ready(tube.client, ALL));
    events("reader gone, nothing wanted", ready(tube.client, 0));
    return 0;
}
