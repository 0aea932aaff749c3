/* Is a socket a terminal? */
#include "check.h"

#include <termios.h>

int main(void) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    errno = 0;
    say("isatty", "%d", isatty(fd));
    say("errno", "%s", errno_name(errno));
    struct winsize size;
    result("TIOCGWINSZ", ioctl(fd, TIOCGWINSZ, &size));
    struct termios settings;
    result("tcgetattr", tcgetattr(fd, &settings));
    close(fd);
    errno = 0;
    say("isatty of a closed one", "%d", isatty(fd));
    say("errno", "%s", errno_name(errno));
    return 0;
}
