/* Are SO_RCVBUF and SO_SNDBUF read back doubled, and what are the least values? */
#include "options.h"

int main(void) {
    int fds[2] = {socket(AF_INET, SOCK_STREAM, 0), socket(AF_INET, SOCK_DGRAM, 0)};
    int sizes[] = {65536, 10000, 50000, 1, 0};
    for (int i = 0; i < 2; i++) {
        puts(i ? "UDP" : "TCP");
        for (int k = 0; k < 5; k++) {
            set_and_get("SO_RCVBUF", fds[i], SOL_SOCKET, SO_RCVBUF, sizes[k]);
            set_and_get("SO_SNDBUF", fds[i], SOL_SOCKET, SO_SNDBUF, sizes[k]);
        }
    }
    return 0;
}
