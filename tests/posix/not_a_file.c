/* What do calls for files say on a socket? */
#include "check.h"


int main(void) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    result("ftruncate", ftruncate(fd, 0));
    result("fsync", fsync(fd));
    result("fdatasync", fdatasync(fd));
    result("posix_fallocate is refused", posix_fallocate(fd, 0, 1) != 0);
    return 0;
}
