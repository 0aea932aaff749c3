/* A library: main, where there is one, has returned before JavaScript calls an export. Each export that waits
 * keeps marked arrays in frames on its C stack and looks at them afterwards. */
#include <arpa/inet.h>
#include <emscripten.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAME 2400

static int connected(int port) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) return -errno;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
    int error = errno;
    close(fd);
    return -error;
}

/* One byte there and back. */
static int echo(int fd, unsigned char byte) {
    if (send(fd, &byte, 1, 0) != 1) return -errno;
    if (recv(fd, &byte, 1, 0) != 1) return -errno;
    return byte;
}

/* Talks at each of `depth` levels, with a marked array in every frame. */
static __attribute__((noinline)) int level(int fd, int depth, int mark) {
    volatile unsigned char frame[FRAME];
    memset((void *)frame, mark + depth, sizeof frame);
    int sum = echo(fd, (unsigned char)(mark + depth));
    if (sum < 0) return sum;
    if (depth > 0) {
        int below = level(fd, depth - 1, mark);
        if (below < 0) return below;
        sum += below;
    }
    if (echo(fd, 1) != 1) return -EIO;
    for (int i = 0; i < FRAME; i++)
        if (frame[i] != (unsigned char)(mark + depth)) return -1000 - depth;
    return sum;
}

/* Connects, talks on ten levels of frames, and answers the sum of what came back, or a negative errno. */
EMSCRIPTEN_KEEPALIVE int talk(int port, int mark) {
    int fd = connected(port);
    if (fd < 0) return fd;
    int sum = level(fd, 9, mark);
    close(fd);
    return sum;
}

/* Sends a text and answers its length if it came back as the text that was there at the call. */
EMSCRIPTEN_KEEPALIVE int say(int port, const char *text) {
    char before[64], after[64];
    size_t length = strlen(text), got = 0;
    if (length >= sizeof before) return -EINVAL;
    memcpy(before, text, length);
    int fd = connected(port);
    if (fd < 0) return fd;
    if (send(fd, text, length, 0) != (ssize_t)length) return -errno;
    while (got < length) {
        ssize_t n = recv(fd, after + got, length - got, 0);
        if (n <= 0) return -EIO;
        got += (size_t)n;
    }
    close(fd);
    return memcmp(before, after, length) == 0 && memcmp(before, text, length) == 0 ? (int)length : -1;
}

/* Not promising: nothing can wait here. */
EMSCRIPTEN_KEEPALIVE int receive_at_once(void) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    char byte;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0) return 1;
    int answer = recv(fd, &byte, 1, 0) < 0 && errno == EAGAIN ? -EAGAIN : 1;
    close(fd);
    return answer;
}

/* Runs over as much of the stack as it can get hold of. */
EMSCRIPTEN_KEEPALIVE int scribble(int depth) {
    volatile unsigned char frame[FRAME];
    memset((void *)frame, 0xee, sizeof frame);
    return depth > 0 ? scribble(depth - 1) + frame[depth] : frame[0];
}
