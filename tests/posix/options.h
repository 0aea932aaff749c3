/* For the programs that ask about socket options: their values. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "data.h"
#include <limits.h>

/* Tells an option whose value is an int, and its length if that is not an int's. */
USED_OR_NOT void get(const char *what, int fd, int level, int name) {
    int value = 0;
    socklen_t length = sizeof value;
    if (getsockopt(fd, level, name, &value, &length) < 0)
        say(what, "-1 %s", errno_name(errno));
    else if (length != sizeof value)
        say(what, "%d of %d bytes", value, (int)length);
    else
        say(what, "%d", value);
}

/* Sets an option to an int; tells only what it answered if that is not 0. */
USED_OR_NOT void set(const char *what, int fd, int level, int name, int value) {
    if (setsockopt(fd, level, name, &value, sizeof value) < 0)
        say(what, "set to %d: -1 %s", value, errno_name(errno));
}

/* Sets an option to an int and tells what is read back. */
USED_OR_NOT void set_and_get(const char *what, int fd, int level, int name, int value) {
    set(what, fd, level, name, value);
    get(what, fd, level, name);
}

#endif
