/* Do the functions that turn addresses into text and back agree on them? */
#include "names.h"

int main(void) {
    const char *texts[] = {"127.0.0.1", "255.255.255.255", "1.2.3", "1.2.3.4.5", "01.2.3.4", "::", "::1", "2001:db8::8:800:200c:417a",
                           "::ffff:1.2.3.4", "fe80::1%lo", "1:2:3:4:5:6:7", "1::2::3", ""};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        unsigned char raw[16];
        char text[64] = "";
        int four = inet_pton(AF_INET, texts[i], raw);
        if (four == 1) must(inet_ntop(AF_INET, raw, text, sizeof text) != NULL);
        int six = inet_pton(AF_INET6, texts[i], raw);
        if (six == 1) must(inet_ntop(AF_INET6, raw, text, sizeof text) != NULL);
        say(texts[i], "%d %d %s", four, six, text);
    }
    result("inet_pton, unknown family", inet_pton(77, "1.2.3.4", texts));
    struct in_addr address;
    say("inet_aton 127.1", "%d", inet_aton("127.1", &address));
    say("inet_ntoa", "%s", inet_ntoa(address));
    say("inet_addr of nonsense", "%s", YES_NO(inet_addr("nonsense") == INADDR_NONE));
    char small[4];
    say("inet_ntop, little room", "%s", inet_ntop(AF_INET, &address, small, sizeof small) ? "text" : errno_name(errno));
    return 0;
}
