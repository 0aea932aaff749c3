/* Counts the calls of imported functions that socket calls make: PORT COUNT. The peer takes COUNT as four bytes,
 * sends as many, and then only reads. countedCalls is what drivers/count-calls.mjs counts. */
#include <arpa/inet.h>
#include <emscripten.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Itself a call. */
static int calls(void) { return EM_ASM_INT({ return globalThis.countedCalls; }); }

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    int count = atoi(argv[2]), there = 0, fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)atoi(argv[1]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) return 3;
    if (send(fd, &count, sizeof count, 0) != sizeof count) return 4;
    while (ioctl(fd, FIONREAD, &there) == 0 && there < count) poll(NULL, 0, 1);

    int before = calls(), sum = 0;
    for (int i = 0; i < count; i++) {
        unsigned char byte;
        if (recv(fd, &byte, 1, 0) != 1) return 5;
        sum += byte;
    }
    int receiving = calls() - before - 1;

    char block[64] = "";
    before = calls();
    for (int i = 0; i < 500; i++)
        if (send(fd, block, sizeof block, 0) != sizeof block) return 6;
    int sending = calls() - before - 1;

    /* What is counted can be seen where it must be: a file is the glue's. */
    int file = open("/dev/null", O_RDONLY);
    before = calls();
    for (int i = 0; i < 500; i++)
        if (read(file, block, 1) != 0) return 7;
    int reading = calls() - before - 1;
    printf("sum %d, calls: recv %d, send %d, read of a file %d\n", sum, receiving, sending, reading);
    return 0;
}
