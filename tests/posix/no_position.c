/* What do calls that need a position say on a socket? */
#include "check.h"

int main(void) {
    struct ends ends = tcp_ends();
    char byte = 'x';
    struct iovec one = {&byte, 1};
    write_text(ends.server, "data");
    must(wait_for(ends.client, POLLIN) & POLLIN);
    result("lseek", (long)lseek(ends.client, 0, SEEK_SET));
    result("lseek, SEEK_CUR", (long)lseek(ends.client, 0, SEEK_CUR));
    result("pread", (long)pread(ends.client, &byte, 1, 0));
    result("pwrite", (long)pwrite(ends.client, &byte, 1, 0));
    result("preadv", (long)preadv(ends.client, &one, 1, 0));
    result("pwritev", (long)pwritev(ends.client, &one, 1, 0));
    result("the data is still there", (long)read(ends.client, &byte, 1));
    return 0;
}
