/* Does poll look at sockets, pipes and files together? */
#include "data.h"

int main(void) {
    struct ends tcp = tcp_ends(), tube = pipe_ends();
    int file = open("/tmp", O_RDONLY | O_DIRECTORY);
    if (file < 0) file = open("/", O_RDONLY | O_DIRECTORY);
    must(file >= 0);
    struct pollfd entries[4] = {{tcp.server, POLLIN, 0}, {tube.server, POLLIN, 0}, {tube.client, POLLOUT, 0}, {file, POLLIN | POLLOUT, 0}};
    result("pipe and file are ready", poll(entries, 4, -1));
    for (int i = 0; i < 4; i++) events("  entry", entries[i].revents);
    result("socket and pipe's reading end are not", poll(entries, 2, 0));
    must(write(tube.client, "x", 1) == 1);
    result("a byte in the pipe", poll(entries, 2, -1));
    events("  pipe", entries[1].revents);
    char text[4];
    must(read(tube.server, text, 4) == 1);
    must(write(tcp.client, "x", 1) == 1);
    result("a byte for the socket", poll(entries, 2, -1));
    events("  socket", entries[0].revents);
    return 0;
}
