/* Traps in the middle of functions with names, before main has made a call of a socket or, with an argument, after it
 * has waited for one. */
#include <poll.h>
#include <sys/socket.h>

static volatile int zero;

__attribute__((noinline)) int innermost(int depth) {
    if (zero == 0) __builtin_trap();
    return depth + zero;
}

__attribute__((noinline)) int in_the_middle(int depth) {
    return (depth > 0 ? in_the_middle(depth - 1) : innermost(depth)) + zero;
}

__attribute__((noinline)) int outermost(int depth) { return in_the_middle(depth) + zero; }

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) {
        if (socket(AF_INET, SOCK_DGRAM, 0) < 0 || poll(0, 0, 1) != 0) return 2;
    }
    return outermost(2) + zero;
}
