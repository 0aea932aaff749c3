//! Names of the C headers' numbers, as trace lines spell them.

use alloc::format;
use alloc::string::String;

/// A number and its name.
pub(super) type Word = (i32, &'static str);

/// The name of a number, or the number with `prefix`.
pub(super) fn one(words: &[Word], prefix: &str, value: i32) -> String {
    match words.iter().find(|(number, _)| *number == value) {
        Some((_, name)) => (*name).into(),
        None => format!("{prefix}{value}"),
    }
}

/// The names of the bits that are set, joined by `|`, and what is left as a hexadecimal number; 0 is `0`.
pub(super) fn bits(words: &[Word], value: i32) -> String {
    let mut text = String::new();
    let mut rest = value;
    for &(bit, name) in words {
        if value & bit == bit {
            separate(&mut text);
            text.push_str(name);
            rest &= !bit;
        }
    }
    if rest != 0 {
        separate(&mut text);
        text.push_str(&format!("{rest:#x}"));
    }
    if text.is_empty() {
        text.push('0');
    }
    text
}

fn separate(text: &mut String) {
    if !text.is_empty() {
        text.push('|');
    }
}

/// The name of an option, or its number.
pub(super) fn option(level: i32, name: i32) -> String {
    match crate::options::find((level, name)) {
        Some(definition) => definition.name.into(),
        None => one(&[], "", name),
    }
}

pub(super) const DOMAINS: &[Word] = &[(0, "AF_UNSPEC"), (1, "AF_UNIX"), (2, "AF_INET"), (10, "AF_INET6")];

pub(super) const TYPES: &[Word] = &[
    (1, "SOCK_STREAM"),
    (2, "SOCK_DGRAM"),
    (3, "SOCK_RAW"),
    (5, "SOCK_SEQPACKET"),
];

pub(super) const TYPE_FLAGS: &[Word] = &[(0x800, "SOCK_NONBLOCK"), (0x80000, "SOCK_CLOEXEC")];

pub(super) const PROTOCOLS: &[Word] = &[
    (0, "IPPROTO_IP"),
    (1, "IPPROTO_ICMP"),
    (6, "IPPROTO_TCP"),
    (17, "IPPROTO_UDP"),
    (58, "IPPROTO_ICMPV6"),
];

pub(super) const HOWS: &[Word] = &[(0, "SHUT_RD"), (1, "SHUT_WR"), (2, "SHUT_RDWR")];

pub(super) const MESSAGE_FLAGS: &[Word] = &[
    (0x1, "MSG_OOB"),
    (0x2, "MSG_PEEK"),
    (0x4, "MSG_DONTROUTE"),
    (0x8, "MSG_CTRUNC"),
    (0x20, "MSG_TRUNC"),
    (0x40, "MSG_DONTWAIT"),
    (0x80, "MSG_EOR"),
    (0x100, "MSG_WAITALL"),
    (0x800, "MSG_CONFIRM"),
    (0x2000, "MSG_ERRQUEUE"),
    (0x4000, "MSG_NOSIGNAL"),
    (0x8000, "MSG_MORE"),
    (0x10000, "MSG_WAITFORONE"),
    (0x4000_0000, "MSG_CMSG_CLOEXEC"),
];

pub(super) const LEVELS: &[Word] = &[
    (0, "SOL_IP"),
    (1, "SOL_SOCKET"),
    (6, "SOL_TCP"),
    (17, "SOL_UDP"),
    (41, "SOL_IPV6"),
];

pub(super) const POLL: &[Word] = &[
    (0x1, "POLLIN"),
    (0x2, "POLLPRI"),
    (0x4, "POLLOUT"),
    (0x8, "POLLERR"),
    (0x10, "POLLHUP"),
    (0x20, "POLLNVAL"),
    (0x40, "POLLRDNORM"),
    (0x80, "POLLRDBAND"),
    (0x100, "POLLWRNORM"),
    (0x200, "POLLWRBAND"),
    (0x2000, "POLLRDHUP"),
];

pub(super) const EPOLL: &[Word] = &[
    (0x1, "EPOLLIN"),
    (0x2, "EPOLLPRI"),
    (0x4, "EPOLLOUT"),
    (0x8, "EPOLLERR"),
    (0x10, "EPOLLHUP"),
    (0x40, "EPOLLRDNORM"),
    (0x80, "EPOLLRDBAND"),
    (0x100, "EPOLLWRNORM"),
    (0x200, "EPOLLWRBAND"),
    (0x2000, "EPOLLRDHUP"),
    (0x1000_0000, "EPOLLEXCLUSIVE"),
    (0x2000_0000, "EPOLLWAKEUP"),
    (0x4000_0000, "EPOLLONESHOT"),
    (i32::MIN, "EPOLLET"),
];

pub(super) const EPOLL_OPERATIONS: &[Word] = &[(1, "EPOLL_CTL_ADD"), (2, "EPOLL_CTL_DEL"), (3, "EPOLL_CTL_MOD")];

pub(super) const EPOLL_FLAGS: &[Word] = &[(0x80000, "EPOLL_CLOEXEC")];

pub(super) const FCNTL: &[Word] = &[
    (0, "F_DUPFD"),
    (1, "F_GETFD"),
    (2, "F_SETFD"),
    (3, "F_GETFL"),
    (4, "F_SETFL"),
    (8, "F_SETOWN"),
    (9, "F_GETOWN"),
    (1030, "F_DUPFD_CLOEXEC"),
];

pub(super) const OPEN_FLAGS: &[Word] = &[
    (0x400, "O_APPEND"),
    (0x800, "O_NONBLOCK"),
    (0x2000, "O_ASYNC"),
    (0x8000, "O_LARGEFILE"),
    (0x80000, "O_CLOEXEC"),
];

pub(super) const ACCESS: &[Word] = &[(0, "O_RDONLY"), (1, "O_WRONLY"), (2, "O_RDWR")];

pub(super) const DESCRIPTOR_FLAGS: &[Word] = &[(1, "FD_CLOEXEC")];

pub(super) const IOCTL: &[Word] = &[
    (0x5411, "TIOCOUTQ"),
    (0x541b, "FIONREAD"),
    (0x5421, "FIONBIO"),
    (0x5450, "FIONCLEX"),
    (0x5451, "FIOCLEX"),
    (0x5452, "FIOASYNC"),
    (0x8905, "SIOCATMARK"),
];

pub(super) const HINT_FLAGS: &[Word] = &[
    (0x1, "AI_PASSIVE"),
    (0x2, "AI_CANONNAME"),
    (0x4, "AI_NUMERICHOST"),
    (0x8, "AI_V4MAPPED"),
    (0x10, "AI_ALL"),
    (0x20, "AI_ADDRCONFIG"),
    (0x400, "AI_NUMERICSERV"),
];

pub(super) const NAME_FLAGS: &[Word] = &[
    (0x1, "NI_NUMERICHOST"),
    (0x2, "NI_NUMERICSERV"),
    (0x4, "NI_NOFQDN"),
    (0x8, "NI_NAMEREQD"),
    (0x10, "NI_DGRAM"),
    (0x100, "NI_NUMERICSCOPE"),
];

pub(super) const NAME_ERRORS: &[Word] = &[
    (-1, "EAI_BADFLAGS"),
    (-2, "EAI_NONAME"),
    (-3, "EAI_AGAIN"),
    (-4, "EAI_FAIL"),
    (-5, "EAI_NODATA"),
    (-6, "EAI_FAMILY"),
    (-7, "EAI_SOCKTYPE"),
    (-8, "EAI_SERVICE"),
    (-9, "EAI_ADDRFAMILY"),
    (-10, "EAI_MEMORY"),
    (-11, "EAI_SYSTEM"),
    (-12, "EAI_OVERFLOW"),
];
