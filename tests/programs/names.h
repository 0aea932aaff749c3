/* Names instead of numbers: errno values differ between Linux and Emscripten, their names don't. */
#ifndef NAMES_H
#define NAMES_H

#include <errno.h>
#include <netdb.h>
#include <stdio.h>

static inline const char *errno_name(int error) {
    static const struct { int value; const char *name; } table[] = {
#define E(name) {name, #name}
        E(EACCES), E(EADDRINUSE), E(EADDRNOTAVAIL), E(EAFNOSUPPORT), E(EAGAIN), E(EALREADY), E(EBADF),
        E(ECANCELED), E(ECONNABORTED), E(ECONNREFUSED), E(ECONNRESET), E(EDESTADDRREQ), E(EFAULT),
        E(EHOSTUNREACH), E(EINPROGRESS), E(EINTR), E(EINVAL), E(EIO), E(EISCONN), E(EMFILE), E(EMSGSIZE),
        E(ENETDOWN), E(ENETRESET), E(ENETUNREACH), E(ENFILE), E(ENOBUFS), E(ENOENT), E(ENOMEM),
        E(ENOPROTOOPT), E(ENOSYS), E(ENOTCONN), E(ENOTSOCK), E(ENOTTY), E(EOVERFLOW), E(EPERM), E(EPIPE),
        E(EPROTO), E(EPROTONOSUPPORT), E(EPROTOTYPE), E(ESPIPE), E(ETIMEDOUT), E(EOPNOTSUPP),
        E(EPFNOSUPPORT), E(EHOSTDOWN), E(ESOCKTNOSUPPORT), E(ESHUTDOWN),
#undef E
    };
    static char number[24];
    if (error == 0) return "0";
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].value == error) return table[i].name;
    snprintf(number, sizeof number, "errno %d", error);
    return number;
}

static inline const char *eai_name(int error) {
    switch (error) {
    case 0: return "0";
    case EAI_NONAME: return "EAI_NONAME";
    case EAI_AGAIN: return "EAI_AGAIN";
    case EAI_FAIL: return "EAI_FAIL";
    case EAI_FAMILY: return "EAI_FAMILY";
    case EAI_SOCKTYPE: return "EAI_SOCKTYPE";
    case EAI_SERVICE: return "EAI_SERVICE";
    case EAI_MEMORY: return "EAI_MEMORY";
    case EAI_SYSTEM: return "EAI_SYSTEM";
    default: return "another EAI";
    }
}

#endif
