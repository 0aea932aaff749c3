/* A few calls, to be traced: PORT of a peer on loopback that answers what it gets and closes. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(argc > 1 ? atoi(argv[1]) : 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    connect(fd, (struct sockaddr *)&address, sizeof address);
    struct pollfd entry = {.fd = fd, .events = POLLOUT};
    poll(&entry, 1, -1);
    int error = 1;
    socklen_t length = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
    fcntl(fd, F_SETFL, 0);
    send(fd, "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL);
    char buffer[64];
    recv(fd, buffer, 18, MSG_WAITALL);
    recv(fd, buffer, sizeof buffer, 0);
    close(fd);
    connect(fd, (struct sockaddr *)&address, sizeof address);
    return 0;
}
