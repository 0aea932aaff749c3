/* For the programs that ask about names: errors by name, and lists of addresses. */
#ifndef NAMES_H
#define NAMES_H

#include "data.h"
#include <netdb.h>

/* The name of an error of getaddrinfo and getnameinfo. */
USED_OR_NOT const char *eai_name(int error) {
    static const struct { int value; const char *name; } table[] = {
#define E(name) {name, #name}
        E(EAI_BADFLAGS), E(EAI_NONAME), E(EAI_AGAIN), E(EAI_FAIL), E(EAI_FAMILY), E(EAI_SOCKTYPE), E(EAI_SERVICE),
        E(EAI_MEMORY), E(EAI_SYSTEM), E(EAI_OVERFLOW),
#undef E
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].value == error) return table[i].name;
    return error ? "another error" : "0";
}

USED_OR_NOT const char *type_name(int type) {
    return type == SOCK_STREAM ? "SOCK_STREAM" : type == SOCK_DGRAM ? "SOCK_DGRAM" : type == SOCK_RAW ? "SOCK_RAW" : "another type";
}

USED_OR_NOT const char *protocol_name(int protocol) {
    return protocol == IPPROTO_TCP ? "TCP" : protocol == IPPROTO_UDP ? "UDP" : protocol == 0 ? "any" : "another protocol";
}

/* Asks getaddrinfo and tells all that it found. */
USED_OR_NOT void look_up(const char *node, const char *service, int flags, int family, int type, int protocol) {
    struct addrinfo hints = {.ai_flags = flags, .ai_family = family, .ai_socktype = type, .ai_protocol = protocol}, *list = NULL;
    char what[80];
    snprintf(what, sizeof what, "%s, %s", node ? node : "NULL", service ? service : "NULL");
    int error = getaddrinfo(node, service, &hints, &list);
    say(what, "%s", eai_name(error));
    if (error) return;
    for (struct addrinfo *one = list; one; one = one->ai_next) {
        struct sockaddr_storage address;
        memset(&address, 0, sizeof address);
        memcpy(&address, one->ai_addr, one->ai_addrlen);
        say("  address", "%s %d %s %s%s", host_in(&address), port_in(&address), type_name(one->ai_socktype),
            protocol_name(one->ai_protocol), one->ai_family == address.ss_family ? "" : ", families differ");
        if (one->ai_canonname) say("  canonical", "%s", one->ai_canonname);
    }
    freeaddrinfo(list);
}

#endif
