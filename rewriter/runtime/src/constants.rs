//! Numbers of the C headers, the same in every Emscripten version (musl for wasm), and the limits of
//! the runtime itself.
#![allow(missing_docs, reason = "the names are those of the C headers")]

/// Address families.
pub mod af {
    pub const UNSPEC: i32 = 0;
    pub const UNIX: i32 = 1;
    pub const INET: i32 = 2;
    pub const INET6: i32 = 10;
}

/// Types of sockets, and the flags that travel with them.
pub mod sock {
    pub const STREAM: i32 = 1;
    pub const DGRAM: i32 = 2;
    pub const RAW: i32 = 3;
    pub const SEQPACKET: i32 = 5;
    /// Linux's `SOCK_MAX`: types end below.
    pub const MAX: i32 = 11;
    pub const TYPE_MASK: i32 = 0xf;
    pub const NONBLOCK: i32 = 0x800;
    pub const CLOEXEC: i32 = 0x80000;
}

/// Protocols.
pub mod ipproto {
    pub const IP: i32 = 0;
    pub const TCP: i32 = 6;
    pub const UDP: i32 = 17;
    pub const IPV6: i32 = 41;
    /// Linux's `IPPROTO_MAX`: protocols end below.
    pub const MAX: i32 = 263;
}

/// Flags of `send` and `recv`.
pub mod msg {
    pub const OOB: i32 = 1;
    pub const PEEK: i32 = 2;
    pub const CTRUNC: i32 = 8;
    pub const TRUNC: i32 = 0x20;
    pub const DONTWAIT: i32 = 0x40;
    pub const WAITALL: i32 = 0x100;
    pub const ERRQUEUE: i32 = 0x2000;
    pub const MORE: i32 = 0x8000;
    pub const WAITFORONE: i32 = 0x10000;
    pub const CMSG_CLOEXEC: i32 = 0x4000_0000;
}

/// Events of `poll`.
pub mod poll {
    pub const IN: u16 = 0x1;
    pub const PRI: u16 = 0x2;
    pub const OUT: u16 = 0x4;
    pub const ERR: u16 = 0x8;
    pub const HUP: u16 = 0x10;
    pub const NVAL: u16 = 0x20;
    pub const RDNORM: u16 = 0x40;
    pub const RDBAND: u16 = 0x80;
    pub const WRNORM: u16 = 0x100;
    pub const WRBAND: u16 = 0x200;
    pub const RDHUP: u16 = 0x2000;
    /// Not of the C headers: somebody waits for the host's answer to an open, whatever it is.
    pub const STATE: u16 = 0x8000;
    /// What is told whether it was asked for or not.
    pub const ALWAYS: u16 = ERR | HUP;
}

/// Commands of `fcntl`, and the flags they carry.
pub mod fcntl {
    pub const DUPFD: i32 = 0;
    pub const GETFD: i32 = 1;
    pub const SETFD: i32 = 2;
    pub const GETFL: i32 = 3;
    pub const SETFL: i32 = 4;
    pub const DUPFD_CLOEXEC: i32 = 1030;
    pub const SETPIPE_SZ: i32 = 1031;
    pub const GETPIPE_SZ: i32 = 1032;
    pub const FD_CLOEXEC: i32 = 1;
    pub const O_RDONLY: i32 = 0;
    pub const O_WRONLY: i32 = 1;
    pub const O_RDWR: i32 = 2;
    pub const O_APPEND: i32 = 0x400;
    pub const O_ASYNC: i32 = 0x2000;
    pub const O_NOATIME: i32 = 0x40000;
    pub const O_NONBLOCK: i32 = 0x800;
    pub const O_CLOEXEC: i32 = 0x80000;
}

/// Operations, flags and events of epoll; its other events are those of `poll`.
pub mod epoll {
    pub const ADD: i32 = 1;
    pub const DEL: i32 = 2;
    pub const MOD: i32 = 3;
    pub const EXCLUSIVE: u32 = 1 << 28;
    pub const WAKE_UP: u32 = 1 << 29;
    pub const ONE_SHOT: u32 = 1 << 30;
    pub const EDGE: u32 = 1 << 31;
    pub const FLAGS: u32 = EXCLUSIVE | WAKE_UP | ONE_SHOT | EDGE;
    /// What may be asked for together with `EPOLLEXCLUSIVE`: Linux's `EPOLLEXCLUSIVE_OK_BITS`.
    pub const WITH_EXCLUSIVE: u32 = 0x1 | 0x4 | 0x8 | 0x10 | 0x40 | 0x100 | 0x200 | WAKE_UP | EDGE | EXCLUSIVE;
}

/// Directories of `unlinkat`.
pub mod at {
    pub const FDCWD: i32 = -100;
}

/// Requests of `ioctl`.
pub mod ioctl {
    pub const FIONBIO: i32 = 0x5421;
    pub const FIONREAD: i32 = 0x541b;
    /// `SIOCOUTQ`, also called `TIOCOUTQ`.
    pub const OUTQ: i32 = 0x5411;
    pub const FIONCLEX: i32 = 0x5450;
    pub const FIOCLEX: i32 = 0x5451;
}

/// Hints and errors of `getaddrinfo`.
pub mod ai {
    pub const PASSIVE: i32 = 1;
    pub const CANONNAME: i32 = 2;
    pub const NUMERICHOST: i32 = 4;
    pub const V4MAPPED: i32 = 8;
    pub const ALL: i32 = 0x10;
    pub const ADDRCONFIG: i32 = 0x20;
    pub const NUMERICSERV: i32 = 0x400;
    pub const EAI_BADFLAGS: i32 = -1;
    pub const EAI_NONAME: i32 = -2;
    pub const EAI_AGAIN: i32 = -3;
    pub const EAI_FAIL: i32 = -4;
    pub const EAI_NODATA: i32 = -5;
    pub const EAI_FAMILY: i32 = -6;
    pub const EAI_SOCKTYPE: i32 = -7;
    pub const EAI_SERVICE: i32 = -8;
    pub const EAI_ADDRFAMILY: i32 = -9;
    pub const EAI_MEMORY: i32 = -10;
    pub const EAI_SYSTEM: i32 = -11;
    pub const EAI_OVERFLOW: i32 = -12;
}

/// Flags of `getnameinfo`.
pub mod ni {
    pub const NUMERICHOST: i32 = 1;
    pub const NUMERICSERV: i32 = 2;
    pub const NOFQDN: i32 = 4;
    pub const NAMEREQD: i32 = 8;
    pub const DGRAM: i32 = 0x10;
    pub const NUMERICSCOPE: i32 = 0x100;
}

/// Values of `h_errno`.
pub mod host_error {
    pub const NETDB_INTERNAL: i32 = -1;
    pub const HOST_NOT_FOUND: i32 = 1;
    pub const TRY_AGAIN: i32 = 2;
    pub const NO_RECOVERY: i32 = 3;
    pub const NO_DATA: i32 = 4;
}

/// `how` of `shutdown`.
pub mod shut {
    pub const RD: i32 = 0;
    pub const WR: i32 = 1;
    pub const RDWR: i32 = 2;
}

/// Limits of the runtime. Everything that a program or a peer can make grow ends at one of them.
pub mod limit {
    /// Bytes received and not yet read on one TCP connection (Linux's `tcp_rmem` maximum), unless set.
    pub const RECEIVE: usize = 6 << 20;
    /// How far a receive ring may exceed its limit: the chunk that the host had in hand when it was told to stop.
    pub const RECEIVE_SLACK: usize = 64 << 10;
    /// Bytes sent and not yet with the platform on one TCP connection, unless set.
    pub const SEND: usize = 256 << 10;
    /// The least a limit can be set to.
    pub const LEAST: usize = 4 << 10;
    /// The most a limit can be set to.
    pub const MOST: usize = 256 << 20;
    /// Bytes of datagrams, received and not yet read or sent and not yet with the platform, on one
    /// socket (Linux's `rmem_default`).
    pub const DATAGRAMS: usize = 212_992;
    /// What a queued datagram is charged beyond its payload, as Linux charges its `sk_buff`.
    pub const DATAGRAM_OVERHEAD: usize = 256;
    /// Payload of the largest datagram over IPv4.
    pub const DATAGRAM_IPV4: usize = 65_507;
    /// Payload of the largest datagram over IPv6.
    pub const DATAGRAM_IPV6: usize = 65_527;
    /// Handles of one kind (sockets, tickets, queries) at a time.
    pub const HANDLES: usize = 65_535;
    /// Numbers of descriptors end below this one.
    pub const DESCRIPTORS: u32 = 32_768;
    /// Numbers end here in Emscripten's file system (its `MAX_OPEN_FDS` is the last); from here on they are sockets' alone.
    pub const FILES: i32 = 4097;
    /// Elements of an iovec array (Linux's `UIO_MAXIOV`).
    pub const IOVECS: usize = 1024;
    /// Messages of one `sendmmsg` or `recvmmsg`: further ones are left for the next call (Linux's `UIO_MAXIOV`).
    pub const MESSAGES: usize = 1024;
    /// Bytes of control data that one message is sent with (Linux's `optmem_max`).
    pub const CONTROL: usize = 128 << 10;
    /// Groups of one family that one socket is a member of (Linux's `igmp_max_memberships`).
    pub const MEMBERSHIPS: usize = 20;
    /// Entries of one `poll`.
    pub const POLL: usize = 65_536;
    /// Descriptors of one `select`: bits of an `fd_set`.
    pub const SELECT: usize = 1024;
    /// The longest backlog (Linux's `somaxconn`), and how many connections wait to be accepted however short it is: on Linux
    /// the client of one too many tries again, unseen; here it would be reset.
    pub const BACKLOG: u32 = 4096;
    /// Bytes of a host name (RFC 1035), of a service name too.
    pub const NAME: usize = 255;
    /// Addresses that one name resolves to; further ones are dropped.
    pub const ADDRESSES: usize = 64;
    /// Names whose latest addresses are remembered where a program may not reach everything.
    pub const RESOLVED: usize = 1024;
    /// Senders of one UDP socket that may be answered though nothing else may be sent to them: the latest.
    pub const HEARD: usize = 256;
    /// Placeholder addresses for names that could not be waited for.
    pub const PLACEHOLDERS: usize = 4096;
    /// Bytes of free ring buffers that are kept for the next socket.
    pub const POOL: usize = 1 << 20;
    /// Bytes that a pipe holds, unless set.
    pub const PIPE: usize = 64 << 10;
    /// The most that it can be set to (Linux's `pipe-max-size`).
    pub const PIPE_MOST: usize = 1 << 20;
    /// Bytes that are written to a pipe in whole or not at all (`PIPE_BUF`), and the least that a pipe holds.
    pub const PIPE_ATOMIC: usize = 4096;
    /// Bytes that an AF_UNIX socket may have sent without anybody having read them, unless set (Linux's `wmem_default`).
    pub const LOCAL: usize = 212_992;
    /// Datagrams that wait at an AF_UNIX socket when the next but one has to wait (Linux's `max_dgram_qlen`).
    pub const LOCAL_DATAGRAMS: usize = 10;
    /// Bytes of a path that an AF_UNIX socket is bound to: `sun_path`.
    pub const LOCAL_PATH: usize = 108;
    /// Names of AF_UNIX sockets at a time.
    pub const LOCAL_NAMES: usize = 4096;
    /// Epoll sets in each other (Linux's `EP_MAX_NESTS`, and the outermost).
    pub const EPOLL_DEPTH: usize = 5;
    /// Answers about what lives in the program alone before one lets the event loop turn.
    pub const UNTURNED: u32 = 64;
    /// Milliseconds that the end of the program waits for queued bytes.
    pub const EXIT_MS: f64 = 10_000.0;
    /// Bytes of the text that a callback for errors is given, with its end.
    pub const CALLBACK_TEXT: usize = 128;
    /// Arguments of an entry.
    pub const ARGUMENTS: usize = 7;
    /// Bytes of data that a line of trace shows (strace's default).
    pub const TRACED_BYTES: usize = 32;
    /// Elements of an array that a line of trace shows (strace's default).
    pub const TRACED_ENTRIES: usize = 32;
}
