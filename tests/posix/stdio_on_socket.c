/* Can stdio read and write lines on a socket? */
#include "check.h"

int main(void) {
    struct ends ends = tcp_ends();
    FILE *out = fdopen(ends.client, "w");
    FILE *in = fdopen(dup(ends.client), "r");
    must(out && in);
    say("fprintf", "%d", fprintf(out, "GET %s %d\n", "/path", 42));
    say("fflush", "%d", fflush(out));
    char line[64];
    FILE *server = fdopen(ends.server, "r+");
    must(server);
    say("the peer's fgets", "%s", strtok(fgets(line, sizeof line, server), "\n"));
    fseek(server, 0, SEEK_CUR);
    fputs("first\nsecond\n", server);
    say("fclose", "%d", fclose(server));
    say("fgets", "%s", strtok(fgets(line, sizeof line, in), "\n"));
    say("fgets", "%s", strtok(fgets(line, sizeof line, in), "\n"));
    say("fgets", "%s", fgets(line, sizeof line, in) ? line : "NULL");
    say("feof", "%s, ferror %s", YES_NO(feof(in)), YES_NO(ferror(in)));
    say("ftell", "%ld", ftell(out));
    return 0;
}
