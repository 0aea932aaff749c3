/* Traps in the middle of functions with names: at once or, with an argument, after it has waited for a socket. */
#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
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

#ifdef FEW
static int use_sockets(void) { return socket(AF_INET, SOCK_DGRAM, 0) < 0 || poll(NULL, 0, 10) != 0; }
#else
/* Enough different calls that the slots of their imports take all that a retrofit adds. */
static int use_sockets(void) {
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    int value = 0, fd = socket(AF_INET, SOCK_DGRAM, 0);
    socklen_t size = sizeof value;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0) return 1;
    if (getsockname(fd, (struct sockaddr *)&address, &length) < 0) return 2;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) return 3;
    if (getpeername(fd, (struct sockaddr *)&address, &length) < 0) return 4;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &size) < 0) return 5;
    /* To itself. */
    if (send(fd, "x", 1, 0) != 1 || recv(fd, &value, 1, 0) != 1) return 6;
    return 0;
}
#endif

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) {
        int wrong = use_sockets();
        if (wrong) return wrong;
    }
    return outer(2) + zero;
}
