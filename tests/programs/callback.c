/* A timer that runs while main waits in deep frames, and uses as much stack as they do: PORT of a UDP echo. */
#include <arpa/inet.h>
#include <emscripten.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define FRAME 2000

static int fd;

static __attribute__((noinline)) int scribble(int depth) {
    volatile unsigned char frame[FRAME];
    memset((void *)frame, 0xee, sizeof frame);
    return depth > 0 ? scribble(depth - 1) + frame[depth] : frame[0];
}

/* What main waits for: it cannot go on before this has run. */
static void timer(void *unused) {
    (void)unused;
    printf("timer: %d\n", scribble(9));
    if (send(fd, "x", 1, 0) != 1) printf("timer: cannot send\n");
}

static __attribute__((noinline)) int level(int depth) {
    volatile unsigned char frame[FRAME];
    memset((void *)frame, 0x10 + depth, sizeof frame);
    char byte = 0;
    emscripten_async_call(timer, NULL, 0);
    if (recv(fd, &byte, 1, 0) != 1 || byte != 'x') return 100;
    int wrong = depth > 0 ? level(depth - 1) : 0;
    for (int i = 0; i < FRAME; i++)
        if (frame[i] != 0x10 + depth) return wrong + 1;
    return wrong;
}

int main(int argc, char **argv) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)atoi(argc > 1 ? argv[1] : "0"));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) return 2;
    printf("frames overwritten: %d\n", level(9));
    return 0;
}
