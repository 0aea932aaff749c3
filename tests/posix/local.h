/* For the programs that ask about AF_UNIX: addresses. */
#ifndef LOCAL_H
#define LOCAL_H

#include "data.h"
#include <stddef.h>
#include <sys/un.h>

/* An address and its length. */
struct local {
    struct sockaddr_un address;
    socklen_t length;
};

/* The path `name` in /tmp, made one of this process alone. */
USED_OR_NOT struct local path_address(const char *name) {
    struct local local;
    memset(&local, 0, sizeof local);
    local.address.sun_family = AF_UNIX;
    int length = snprintf(local.address.sun_path, sizeof local.address.sun_path, "/tmp/posix-%ld-%s", (long)getpid(), name);
    local.length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)length + 1);
    return local;
}

/* The abstract name `name`, made one of this process alone. */
USED_OR_NOT struct local abstract_address(const char *name) {
    struct local local;
    memset(&local, 0, sizeof local);
    local.address.sun_family = AF_UNIX;
    int length = snprintf(local.address.sun_path + 1, sizeof local.address.sun_path - 1, "posix-%ld-%s", (long)getpid(), name);
    local.length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
    return local;
}

/* Arguments of bind, connect and sendto. */
#define AT(local) (struct sockaddr *)&(local).address, (local).length

/* A socket bound to `at`, and listening if it is no datagram socket. */
USED_OR_NOT int local_server(int type, struct local at) {
    int fd = socket(AF_UNIX, type, 0);
    must(fd >= 0);
    must(bind(fd, AT(at)) == 0);
    if (type != SOCK_DGRAM) must(listen(fd, 8) == 0);
    return fd;
}

#endif
