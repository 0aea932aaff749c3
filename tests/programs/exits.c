/* The ways in which a program ends. The first argument says which; a second one, "wait", makes it wait
 * for a moment before, so that what ends is a call that has been suspended. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void first(void) { printf("atexit: first registered\n"); }
static void second(void) { printf("atexit: second registered\n"); }

__attribute__((destructor)) static void destructor(void) { printf("destructor\n"); }

static void deeper(int levels, const char *way) {
    if (levels > 0) {
        deeper(levels - 1, way);
        printf("never reached\n");
    }
    if (strcmp(way, "exit") == 0) exit(3);
    if (strcmp(way, "_exit") == 0) _exit(4);
    if (strcmp(way, "abort") == 0) abort();
    if (strcmp(way, "trap") == 0) __builtin_trap();
}

int main(int argc, char **argv) {
    const char *way = argc > 1 ? argv[1] : "return";
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("%s\n", way);
    /* A socket that is never used: it must not keep the process alive. */
    printf("socket %d\n", socket(AF_INET, SOCK_DGRAM, 0) >= 0);
    if (argc > 2 && strcmp(argv[2], "wait") == 0) printf("poll %d\n", poll(NULL, 0, 10));
    if (strcmp(way, "atexit") == 0) {
        atexit(first);
        atexit(second);
    }
    if (strcmp(way, "unflushed") == 0) printf("a line without an end");
    if (strcmp(way, "unflushed exit") == 0) {
        printf("a line without an end");
        exit(6);
    }
    fprintf(stderr, "to stderr\n");
    deeper(2 * (strcmp(way, "return") && strcmp(way, "zero") && strcmp(way, "atexit") && strncmp(way, "unflushed", 9)), way);
    return strcmp(way, "zero") == 0 ? 0 : 5;
}
