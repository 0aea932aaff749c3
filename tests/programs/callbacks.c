/* Lives from socket callbacks after main has returned: as a client, as a server, or against a port where nobody listens.
 *   client PORT    sends a line, prints what comes back until the peer closes
 *   refused PORT   prints the error
 *   server         prints its port, accepts one client, sends back what it gets until the client closes
 * Prints each callback with its descriptor. */
#include <arpa/inet.h>
#include <emscripten.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int own = -1, client = -1;
static int user_data = 42;

static void check(void *given) {
    if (given != &user_data) printf("wrong user data\n");
}

static void on_open(int fd, void *given) {
    check(given);
    printf("open %d\n", fd);
    if (send(fd, "hello", 5, 0) != 5) printf("send: %d\n", errno);
}

static void on_listen(int fd, void *given) {
    check(given);
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &length) != 0) printf("getsockname: %d\n", errno);
    printf("listen %d\nport %d\n", fd, ntohs(address.sin_port));
    fflush(stdout);
}

static void on_connection(int fd, void *given) {
    check(given);
    client = accept(own, NULL, NULL);
    printf("connection %d, accepted %d\n", fd, client);
}

static void on_message(int fd, void *given) {
    check(given);
    char buffer[64];
    ssize_t count = recv(fd, buffer, sizeof buffer, 0);
    printf("message %d: %.*s\n", fd, (int)(count < 0 ? 0 : count), buffer);
    if (fd == client && send(fd, buffer, count, 0) != count) printf("send: %d\n", errno);
}

static void on_close(int fd, void *given) {
    check(given);
    printf("close %d\n", fd);
    if (fd == own || fd == client) {
        emscripten_set_socket_close_callback(NULL, NULL);
        close(fd);
        if (fd == client) close(own);
    }
}

static void on_error(int fd, int number, const char *text, void *given) {
    check(given);
    printf("error %d: %d %s\n", fd, number == ECONNREFUSED, text);
}

int main(int argc, char **argv) {
    const char *way = argc > 1 ? argv[1] : "";
    emscripten_set_socket_open_callback(&user_data, on_open);
    emscripten_set_socket_listen_callback(&user_data, on_listen);
    emscripten_set_socket_connection_callback(&user_data, on_connection);
    emscripten_set_socket_message_callback(&user_data, on_message);
    emscripten_set_socket_close_callback(&user_data, on_close);
    emscripten_set_socket_error_callback(&user_data, on_error);
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(argc > 2 ? atoi(argv[2]) : 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    own = socket(AF_INET, SOCK_STREAM, 0);
    fcntl(own, F_SETFL, O_NONBLOCK);
    if (strcmp(way, "server") == 0) {
        if (bind(own, (struct sockaddr *)&address, sizeof address) != 0) printf("bind: %d\n", errno);
        if (listen(own, 5) != 0) printf("listen: %d\n", errno);
    } else if (connect(own, (struct sockaddr *)&address, sizeof address) == 0 || errno != EINPROGRESS) {
        printf("connect: %d\n", errno);
    }
    printf("main returns\n");
    fflush(stdout);
    return 0;
}
