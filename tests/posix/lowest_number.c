/* Do sockets and files take the lowest free number out of one row? */
#include "check.h"

int main(void) {
    int base = lowest_free();
    int first = socket(AF_INET, SOCK_STREAM, 0);
    int file = open("/", O_RDONLY | O_DIRECTORY);
    int second = socket(AF_INET, SOCK_DGRAM, 0);
    say("socket, file, socket", "%d %d %d", first - base, file - base, second - base);
    close(file);
    say("a socket in the file's place", "%d", socket(AF_INET, SOCK_STREAM, 0) - base);
    close(first);
    say("a file in the socket's place", "%d", open("/", O_RDONLY | O_DIRECTORY) - base);
    close(second);
    int listening = listener();
    say("a listener", "%d", listening - base);
    int client = client_of(port_of(listening));
    say("a client", "%d", client - base);
    say("an accepted one", "%d", accept(listening, NULL, NULL) - base);
    close(base);
    close(base + 1);
    say("dup", "%d", dup(client) - base);
    say("dup of a file's", "%d", dup(0) - base);
    return 0;
}
