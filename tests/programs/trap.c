/* Traps in the middle of functions with names, before main has made a call of a socket or, with an argument, after it
 * has waited for one. */
#include <poll.h>
#include <sys/socket.h>

typedef int function(int depth);

static volatile int zero;
static function innermost, in_the_middle, outermost;

/* What is called through these is not inlined. */
static function *volatile inner = innermost, *volatile middle = in_the_middle, *volatile outer = outermost;

static int innermost(int depth) {
    if (zero == 0) __builtin_trap();
    return depth + zero;
}

static int in_the_middle(int depth) { return (depth > 0 ? middle : inner)(depth - 1) + zero; }

static int outermost(int depth) { return middle(depth) + zero; }

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) {
        if (socket(AF_INET, SOCK_DGRAM, 0) < 0 || poll(0, 0, 1) != 0) return 2;
    }
    return outer(2) + zero;
}
