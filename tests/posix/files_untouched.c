/* Do files work as ever while sockets come and go around them? */
#include "check.h"

int main(void) {
    char path[] = "/tmp/posix-XXXXXX";
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int file = mkstemp(path);
    must(file >= 0);
    int other = socket(AF_INET, SOCK_DGRAM, 0);
    result("write", (long)write(file, "line one\nline two\n", 18));
    close(fd);
    result("lseek", (long)lseek(file, 5, SEEK_SET));
    char text[32] = "";
    result("read", (long)read(file, text, 3));
    say("text", "%s", text);
    int copy = dup(file);
    close(other);
    result("pread", (long)pread(copy, text, 4, 9));
    say("position", "%ld", (long)lseek(file, 0, SEEK_CUR));
    struct stat status;
    result("fstat", fstat(copy, &status));
    say("regular", "%s, size %lld", YES_NO(S_ISREG(status.st_mode)), (long long)status.st_size);
    say("access", "%s", (fcntl(copy, F_GETFL) & O_ACCMODE) == O_RDWR ? "read and write" : "another");
    result("ftruncate", ftruncate(file, 4));
    result("close", close(file));
    FILE *stream = fdopen(copy, "r");
    rewind(stream);
    say("fgets", "%s", fgets(text, sizeof text, stream));
    fclose(stream);
    result("unlink", unlink(path));
    result("open", open(path, O_RDONLY));
    return 0;
}
