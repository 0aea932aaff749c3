/* What do socket, dup and accept say when no number is left, and does the program go on when one is? */
#include "check.h"

#include <sys/resource.h>

enum { MOST = 40000 };

int main(void) {
    /* A limit that is soon reached; a retrofitted program has its own. */
    struct rlimit limit = {512, 512};
    setrlimit(RLIMIT_NOFILE, &limit);
    int listening = listener();
    int client = client_of(port_of(listening));
    static int fds[MOST];
    int count = 0;
    while (count < MOST && (fds[count] = socket(AF_INET, SOCK_DGRAM, 0)) >= 0) count++;
    say("socket", "%s", errno_name(errno));
    say("some were opened", "%s", YES_NO(count > 100 && count < MOST));
    result("dup", dup(client));
    result("F_DUPFD", fcntl(client, F_DUPFD, 0));
    result("accept", accept(listening, NULL, NULL));
    result("open", open("/", O_RDONLY | O_DIRECTORY));
    close(fds[count / 2]);
    int server = accept(listening, NULL, NULL);
    say("accept takes the number that is free", "%s", YES_NO(server == fds[count / 2]));
    write_text(client, "x");
    char byte = '?';
    result("it works", read_exactly(server, &byte, 1));
    for (int i = 0; i < count; i++)
        if (i != count / 2) close(fds[i]);
    done("socket", socket(AF_INET, SOCK_STREAM, 0));
    return 0;
}
