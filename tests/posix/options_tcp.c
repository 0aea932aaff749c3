/* Which values do the options of TCP take? */
#include "options.h"

#define ASK(name, ...) ask(#name, name, (int[]){__VA_ARGS__, INT_MIN})

static int fd;

static void ask(const char *what, int name, const int *values) {
    for (; *values != INT_MIN; values++) set_and_get(what, fd, IPPROTO_TCP, name, *values);
}

int main(void) {
    fd = socket(AF_INET, SOCK_STREAM, 0);
    ASK(TCP_KEEPIDLE, 1, 32767, 0, 32768, -1, 60);
    ASK(TCP_KEEPINTVL, 1, 32767, 0, 32768, -1);
    ASK(TCP_KEEPCNT, 1, 127, 0, 128, -1);
    ASK(TCP_SYNCNT, 1, 127, 0, 128);
    ASK(TCP_USER_TIMEOUT, 0, 1000, -1);
    ASK(TCP_QUICKACK, 0, 1);
    ASK(TCP_DEFER_ACCEPT, 0);
    ASK(TCP_MAXSEG, 10, 1000, 40000);
    return 0;
}
