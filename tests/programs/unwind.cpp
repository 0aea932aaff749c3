// Socket calls below try blocks, destructors and setjmp: what unwinds must find its way home although
// the program has waited in between, and what waits must be able to although something may unwind.
#include "names.h"
#include "peers.h"

#include <csetjmp>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace {

struct Failure : std::runtime_error {
    int error;
    Failure(const char *what, int error) : std::runtime_error(what), error(error) {}
};

// Closes, and says so: destructors run while an exception passes by.
struct Socket {
    int fd;
    explicit Socket(enum peer peer) : fd(socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address = peer_address(peer);
        if (connect(fd, reinterpret_cast<sockaddr *>(&address), sizeof address) < 0) {
            int error = errno;
            close(fd);
            throw Failure("connect", error);
        }
    }
    Socket(const Socket &) = delete;
    ~Socket() { printf("  closing %d: %d\n", fd, close(fd)); }

    void say(const std::string &text) const {
        if (send(fd, text.data(), text.size(), 0) < 0) throw Failure("send", errno);
    }
    std::string hear(size_t size) const {
        std::string text(size, '\0');
        size_t got = 0;
        while (got < size) {
            ssize_t n = recv(fd, &text[got], size - got, 0);
            if (n < 0) throw Failure("recv", errno);
            if (n == 0) throw std::string("the peer is gone");
            got += static_cast<size_t>(n);
        }
        return text;
    }
};

// Waits at the bottom, throws there, with a destructor on each level.
int deep(const Socket &socket, int level) {
    struct Level {
        int number;
        ~Level() { printf("  leaving level %d\n", number); }
    } here{level};
    if (level > 0) return deep(socket, level - 1) + 1;
    socket.say("down here");
    if (socket.hear(9) == "down here") throw 42;
    return 0;
}

void caught() {
    printf("thrown after a wait\n");
    try {
        Socket socket(ECHO);
        printf("  %d\n", deep(socket, 3));
    } catch (int number) {
        printf("  caught %d\n", number);
    }
    printf("errors as exceptions\n");
    try {
        Socket socket(REFUSED);
    } catch (const Failure &failure) {
        printf("  %s: %s\n", failure.what(), errno_name(failure.error));
    }
    try {
        Socket socket(GREETING);
        printf("  %s", socket.hear(20).c_str());
        socket.hear(1);
    } catch (const std::string &text) {
        printf("  %s\n", text.c_str());
    }
}

// Rethrown, with a wait in the handler itself.
void rethrown() {
    printf("a wait inside a handler\n");
    try {
        try {
            throw std::runtime_error("first");
        } catch (const std::exception &exception) {
            Socket socket(ECHO);
            socket.say(exception.what());
            printf("  heard %s\n", socket.hear(5).c_str());
            throw;
        }
    } catch (const std::runtime_error &error) {
        printf("  again %s\n", error.what());
    }
}

std::jmp_buf back;

void receive_and_jump(int fd) {
    char buffer[4];
    ssize_t n = recv(fd, buffer, sizeof buffer, 0);
    if (n == 4) longjmp(back, 3);
    printf("  got %d\n", static_cast<int>(n));
}

// longjmp over a frame that has waited.
void jumps() {
    printf("setjmp around a wait\n");
    sockaddr_in address = peer_address(ECHO);
    volatile int fd = socket(AF_INET, SOCK_STREAM, 0);
    volatile int rounds = 0;
    printf("  connect %d\n", connect(fd, reinterpret_cast<sockaddr *>(&address), sizeof address));
    int value = setjmp(back);
    printf("  setjmp %d, round %d\n", value, rounds);
    if (rounds < 3) {
        rounds = rounds + 1;
        send(fd, "jump", 4, 0);
        pollfd entry = {fd, POLLIN, 0};
        printf("  poll %d\n", poll(&entry, 1, 5000));
        receive_and_jump(fd);
    }
    printf("  close %d\n", close(fd));
}

} // namespace

int main(int argc, char **argv) {
    read_peers(argc, argv);
    setvbuf(stdout, nullptr, _IOLBF, 0);
    caught();
    rethrown();
    jumps();
    printf("done\n");
    return 7;
}
