/* What of a connection arrives whose peer sends at once and closes: PORT TIMES SIZE…. For each size, so many connections; of
 * each, whether all of it came, or an error was told, or neither. */
#include "names.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned char buffer[65536];

int main(int argc, char **argv) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)atoi(argv[1]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 3; i < argc; i++) {
        int whole = 0, told = 0, shortened = 0, wrong = 0;
        for (int time = 0; time < atoi(argv[2]); time++) {
            int fd = socket(AF_INET, SOCK_STREAM, 0);
            long size = atol(argv[i]), got = 0, n = -1;
            if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
                /* It has closed already. */
                if (errno != ECONNRESET) printf("connect: %s\n", errno_name(errno));
                told++;
                close(fd);
                continue;
            }
            while ((n = recv(fd, buffer, sizeof buffer, 0)) > 0) {
                for (long k = 0; k < n; k++) wrong += buffer[k] != (unsigned char)((got + k) % 251);
                got += n;
            }
            if (n < 0 && errno != ECONNRESET) printf("recv: %s\n", errno_name(errno));
            if (n < 0) told++;
            else if (got == size) whole++;
            else shortened++;
            close(fd);
        }
        printf("%s: %d whole, %d told, %d short, %d wrong\n", argv[i], whole, told, shortened, wrong);
    }
    return 0;
}
