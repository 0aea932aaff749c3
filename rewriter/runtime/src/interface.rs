//! The contract between the runtime, the rewriter that merges it into a program, and the host script.
//!
//! Three parties meet here, and each table below is the one place where their words are defined: the
//! rewriter reads the tables as Rust, the runtime implements them, and a test compares them with the
//! constants of `host/bridge.js`.
//!
//! # Entries: program to runtime
//!
//! An entry is an export `sys_NAME(ticket: i32, a0: i64, …) -> i64`. The rewriter replaces a socket
//! import of the program, or a C stub that stands in for one, by a *thunk*: a function of its own type that
//! widens every argument to `i64` (`i64.extend_i32_u`) and calls the entry:
//!
//! ```text
//! ticket = 0
//! loop
//!   r = sys_NAME(ticket, args…)
//!   ticket = r >> 32
//!   if ticket == 0          return (i32) r            done: the import's result
//!   if ticket == NOT_OURS   return original(args…)    the descriptor is not a socket of ours
//!   if wait(ticket)         continue                  call again, with the ticket
//!   r = sys_abandon(ticket)                           this stack cannot suspend
//!   if r >> 32 == NOT_OURS  return original(args…)    (only `proc_exit`)
//!   return (i32) r
//! ```
//!
//! An entry never waits. A call that has to wait keeps what it has done so far under its ticket; the
//! ticket holds the socket, never its number. An entry that is called with a ticket ends it: it
//! either completes, or answers with a ticket again (the same one). `sys_abandon` ends a ticket on a
//! stack that cannot suspend and answers what the call then returns (`-EAGAIN`, for a `wasi_` entry
//! `EAGAIN`; a call that has taken part of its data answers that part; `connect` answers
//! `-EINPROGRESS`; `poll` and `select` answer 0; `bind` and `listen` answer 0 and report a failure later through `SO_ERROR`; a name lookup
//! answers a placeholder address that `connect` and `sendto` turn back into the name; `proc_exit` answers [`NOT_OURS`]).
//! `sys_abandon(ticket: i32) -> i64` answers as an entry does, but never with a ticket.
//!
//! # The program's side: runtime to program
//!
//! The runtime's imports of module `"app"`; the rewriter generates each of them.
//!
//! | import | meaning |
//! |---|---|
//! | `read(from: i64, to: i32, len: i32) -> i32` | copies out of the program's memory; 0 if out of bounds, else 1 |
//! | `write(to: i64, from: i32, len: i32) -> i32` | copies into it, likewise |
//! | `abi() -> i32` | constant, see [`abi`] |
//! | `socket() -> i32` | the original `__syscall_socket(AF_INET, SOCK_STREAM, 0)`: reserves a descriptor |
//! | `close(fd: i32) -> i32` | the original `fd_close`: frees it; a positive errno as WASI has it |
//! | `fcntl(fd: i32, cmd: i32) -> i32` | the original `__syscall_fcntl64` with no argument: does the descriptor exist? |
//! | `poll(fds: i64, count: i32) -> i32` | the original poll, timeout 0 |
//! | `select(n: i32, r: i64, w: i64, e: i64) -> i32` | the original newselect with a null timeout |
//! | `malloc(size: i64) -> i64` | the program's `malloc`; 0 if it has none |
//!
//! An original that the program does not import answers `-ENOSYS`.
//!
//! One more import, `policy() -> i64` of module [`EMBED_MODULE`], is answered before the merge: where in the runtime's memory the
//! text of its [`Policy`](crate::policy::Policy) lies (high word) and how many bytes it has (low word; 0: no limits). It is part
//! of the wasm, so that no host can change it.
//!
//! # The host's side
//!
//! The runtime's imports of module [`HOST_MODULE`], which are the merged wasm's imports, implemented
//! by `host/bridge.js`. No host function calls back into the runtime before it has returned, except
//! that none of them returns anything that would need it.
//!
//! | import | meaning |
//! |---|---|
//! | `command(op: i32, id: i32, a: i32, b: i32) -> i32` | starts what [`Command`] `op` says; 0, or an errno at once |
//! | `now() -> f64` | monotonic milliseconds |
//! | `wait(ticket: i32) -> i32` | the only suspending import, called by thunks alone; answers 1 |
//! | `rethrow(e: externref) -> i32` | only with `invoke_*`: 1 if the glue would throw `e` on |
//!
//! `wait` asks `ticket_timeout` and settles when [`Command::Wake`] names the ticket or the time is over.
//!
//! # Events: host to runtime
//!
//! The exports of [`EVENTS`]. The merged wasm exports each of them, and the runtime's memory, under
//! [`EXPORT_PREFIX`] plus its name. Addresses travel as [`Endpoint`]s through the scratch area, whose
//! address `scratch` tells once: the local endpoint at offset 0, the remote one at
//! [`Endpoint::SIZE`].

/// Module name of the import that the rewriter replaces by a constant.
pub const EMBED_MODULE: &str = "embed";

/// Module name of the imports that the host script provides, in the merged wasm.
pub const HOST_MODULE: &str = "direct_sockets";

/// What the names of all exports that a rewrite adds start with.
pub const EXPORT_PREFIX: &str = "direct_sockets.";

/// High word of an entry's answer that hands the call to the original import.
pub const NOT_OURS: u32 = 0xffff_ffff;

/// Bits of the constant that the import `app.abi` answers.
pub mod abi {
    /// Pointers, `size_t` and `long` are 64 bits wide (MEMORY64).
    pub const WASM64: u32 = 1;
    /// `time_t` is 32 bits wide: Emscripten up to 3.1.x before the switch (3.1.6 has it, 3.1.69 not).
    pub const TIME32: u32 = 2;
}

/// What the runtime asks the host to do. A command that answers an errno has started nothing: no event follows, and an
/// id that was to be opened is free again. An id that failed to open, or broke, is closed by the runtime (`Close`, 1), and
/// `closed` answers that as well. `id` is the runtime's number of a socket, a query or a
/// ticket; `a` and `b` are as each command says. Pointers are into the runtime's memory and are valid
/// only during the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Command {
    /// Connect a TCP socket. `a`: an [`OpenRequest`]. Answered by `opened` or `failed`.
    TcpConnect = 1,
    /// Listen. `a`: an [`OpenRequest`] (its `local`), `b`: backlog. Answered by `opened` or `failed`, then `accepted`.
    TcpListen = 2,
    /// Open a UDP socket. `a`: an [`OpenRequest`]; it is connected if `remote` or a name is given. `opened` or `failed`.
    UdpOpen = 3,
    /// The send ring of TCP socket `id` holds bytes: drain it through `send_peek` and `send_done`.
    Send = 4,
    /// Send one datagram. `a`: an [`Endpoint`] (family 0: the connected peer) followed by the payload, `b`: length of
    /// the payload in bytes. Answered by `datagrams_sent`.
    SendDatagram = 5,
    /// No more bytes will be put into the send ring of `id`: send FIN when it is drained.
    Shutdown = 6,
    /// Close. `a` = 0: deliver what is queued, then FIN; the host drains the ring to its end and then calls `closed`.
    /// `a` = 1: drop what is queued, RST. `closed` is the last event of an id; the runtime reuses it only after that.
    /// `a` = 2: deliver what is queued, then RST, because received bytes were never read.
    Close = 7,
    /// There is room again in the receive ring of `id` after `recv_commit` answered 0.
    Resume = 8,
    /// Resolve a host name. `id`: query, `a`: the name in UTF-8, `b`: its length in bytes. Answered by
    /// `resolved_address` for each address and then by `resolved`.
    Resolve = 9,
    /// Set option `a` (see [`HostOption`]) of socket `id` to `b`, after it is open.
    SetOption = 10,
    /// The ticket `id` can go on: settle its `wait`.
    Wake = 11,
    /// Give a TCP socket a local endpoint. `a`: an [`OpenRequest`] (its `local`). Answered by `opened` or `failed`. A
    /// `TcpListen` or `TcpConnect` of the same id goes on with this socket, and is answered once more.
    TcpBind = 12,
    /// Join or leave a multicast group with UDP socket `id`, which is open. `a`: two [`Endpoint`]s, the group and the interface
    /// (family 0: any; an IPv6 interface is its `scope`), `b`: 1 join, 0 leave. With `id` 0
    /// nothing is joined: `ENODEV` if there is no such interface, 0 if there is or the host cannot tell.
    Membership = 13,
    /// Call a function of the program from the event loop, once this call has returned. `id`: its index in the program's
    /// table, `a`: a [`CallbackRequest`], `b`: 1 if it takes an errno and a message.
    CallBack = 14,
    /// Print a line of trace to standard error. `a`: the text in UTF-8, `b`: its length in bytes.
    Trace = 15,
    /// Connect UDP socket `id`, which is open, to another peer, or to none. `a`: an [`Endpoint`] (family 0: none). Answered by
    /// `opened`, or by `failed`, after which the socket is open and has no peer. `EOPNOTSUPP` at once: this host cannot, the
    /// runtime then looks at each sender.
    UdpConnect = 16,
    /// The program has registered a function that the event loop is to call: it goes on after main has returned, for as long as
    /// it has sockets. Given once.
    Stay = 17,
    /// Is there something to read from the program's standard input? 0: something, or its end. `EAGAIN`: not yet; once there is,
    /// the host settles all waits. `ENOSYS`: the host has no terminal.
    Input = 19,
}

/// Options of an open socket that the host applies, for [`Command::SetOption`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum HostOption {
    /// `TCP_NODELAY`: 0 or 1.
    NoDelay = 1,
    /// `SO_KEEPALIVE` with `TCP_KEEPIDLE`: delay in milliseconds, 0 is off.
    KeepAlive = 2,
    /// `SO_BROADCAST`: 0 or 1.
    Broadcast = 3,
    /// `IP_TTL` or `IPV6_UNICAST_HOPS`.
    Ttl = 4,
    /// `IP_MULTICAST_TTL` or `IPV6_MULTICAST_HOPS`.
    MulticastTtl = 5,
    /// `IP_MULTICAST_LOOP` or `IPV6_MULTICAST_LOOP`: 0 or 1.
    MulticastLoop = 6,
    /// `IP_MULTICAST_IF`: the interface's IPv4 address, its first byte the lowest; `IPV6_MULTICAST_IF`: its number.
    MulticastInterface = 7,
    /// `SO_RCVBUF` of a UDP socket in bytes.
    ReceiveBuffer = 8,
    /// `SO_SNDBUF` of a UDP socket in bytes.
    SendBuffer = 9,
}

/// An address and a port, as they lie in the runtime's memory (little-endian, 24 bytes): `family` u16
/// (0 none, 4 or 6), `port` u16, `scope` u32, `address` 16 bytes in network order (IPv4 in the first 4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(C)]
pub struct Endpoint {
    /// 0: no endpoint, 4: IPv4, 6: IPv6.
    pub family: u16,
    /// Port in host order.
    pub port: u16,
    /// IPv6 scope id (the number of an interface), 0 otherwise.
    pub scope: u32,
    /// The address in network order; IPv4 takes the first four bytes.
    pub address: [u8; 16],
}

impl Endpoint {
    /// Size in bytes.
    pub const SIZE: u32 = 24;
}

/// What a socket is opened with, as it lies in the runtime's memory (little-endian, 72 bytes).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct OpenRequest {
    /// The local endpoint, family 0 if not bound.
    pub local: Endpoint,
    /// The remote endpoint, family 0 if none or if `name` is given (its port is then `remote.port`).
    pub remote: Endpoint,
    /// A host name in UTF-8 to connect to, in the runtime's memory; 0 if none.
    pub name: u32,
    /// Its length in bytes.
    pub name_length: u32,
    /// Bits of [`open_flags`].
    pub flags: u32,
    /// Keepalive delay in milliseconds, 0 is off.
    pub keep_alive: u32,
    /// Size asked for the platform's receive buffer in bytes, 0 if not set.
    pub receive_buffer: u32,
    /// Size asked for the platform's send buffer in bytes, 0 if not set.
    pub send_buffer: u32,
}

/// What a function of the program is called with, as it lies in the runtime's memory (little-endian, 24 bytes). The call is
/// `f(fd, user_data)`, or with an errno `f(fd, errno, message, user_data)`: `emscripten/html5.h`'s socket callbacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct CallbackRequest {
    /// What the program registered with it.
    pub user_data: u64,
    /// A C string in the program's memory; 0 if none.
    pub message: u64,
    /// The descriptor that it is about.
    pub fd: i32,
    /// The errno, 0 if none.
    pub errno: i32,
}

/// Bits of [`OpenRequest::flags`].
pub mod open_flags {
    /// `TCP_NODELAY`.
    pub const NO_DELAY: u32 = 1;
    /// `IPV6_V6ONLY`.
    pub const V6_ONLY: u32 = 2;
    /// `SO_REUSEADDR`.
    pub const REUSE_ADDRESS: u32 = 4;
    /// `SO_REUSEPORT`.
    pub const REUSE_PORT: u32 = 8;
    /// `SO_BROADCAST`.
    pub const BROADCAST: u32 = 16;
    /// The socket itself is AF_INET6 (with no local address it binds to `::`).
    pub const IPV6: u32 = 32;
}

/// The events: export name without prefix, and its type in the text format.
pub const EVENTS: &[(&str, &str)] = &[
    // Address of the scratch area, at least 256 bytes.
    ("scratch", "(result i32)"),
    // (ticket): milliseconds until its deadline; +inf if none; 0: wait for one turn of the event loop.
    ("ticket_timeout", "(param i32) (result f64)"),
    // (ticket): its deadline or its turn has come.
    ("ticket_expired", "(param i32)"),
    // (id): open; scratch holds the local and the remote endpoint.
    ("opened", "(param i32)"),
    // (id, errno): could not be opened, or (when open) broke: what is received so far stays readable, then the errno.
    // A UDP socket that is open stays usable: the errno (ICMP's ECONNREFUSED) is its pending error.
    ("failed", "(param i32 i32)"),
    // (id, len) -> address: room for at most `len` bytes, contiguous; how many is in scratch offset 0 as u32. 0: none.
    ("recv_reserve", "(param i32 i32) (result i32)"),
    // (id, len) -> 1: go on reading, 0: stop until Resume.
    ("recv_commit", "(param i32 i32) (result i32)"),
    // (id): the peer's FIN.
    ("recv_end", "(param i32)"),
    // (id, max) -> address of queued bytes, contiguous; how many is in scratch offset 0 as u32 (0: nothing left).
    ("send_peek", "(param i32 i32) (result i32)"),
    // (id, len): that many bytes are the platform's; they leave the ring.
    ("send_done", "(param i32 i32)"),
    // (id, len) -> address for a received datagram, 0: no room, it is dropped and counted.
    ("datagram_reserve", "(param i32 i32) (result i32)"),
    // (id, len): the datagram is complete; scratch offset 24 holds the sender (family 0: the connected peer).
    ("datagram_commit", "(param i32 i32)"),
    // (id, count, len, errno): so many datagrams of len bytes together left, or failed with errno (not 0).
    ("datagrams_sent", "(param i32 i32 i32 i32)"),
    // (listener) -> id of the accepted socket, 0: refused, close it; scratch holds its endpoints.
    ("accepted", "(param i32) (result i32)"),
    // (id): nothing more will come of this id. Only ever the answer to Close: an id that failed lives until then.
    ("closed", "(param i32)"),
    // (query): one address, at scratch offset 0.
    ("resolved_address", "(param i32)"),
    // (query, errno): complete; errno 0, or ENOENT: no such name, EAGAIN: try again, or another.
    ("resolved", "(param i32 i32)"),
    // The program is ending: closes what is open. -> 1 while queued bytes have not left.
    ("finish", "(result i32)"),
    // (key, value): sets a limit, see `setting`.
    ("configure", "(param i32 i32)"),
];

/// Keys of the event `configure`; it is called before the program starts.
pub mod setting {
    /// Bytes received and not yet read that one TCP connection holds before the host is told to stop reading.
    pub const RECEIVE_LIMIT: i32 = 1;
    /// Bytes sent and not yet with the platform that one TCP connection holds before the program has to wait.
    pub const SEND_LIMIT: i32 = 2;
    /// Lines of trace: 0 none, 1 one for each call, 2 with the time in front.
    pub const TRACE: i32 = 3;
}

/// The entries, by the name of the import that each replaces. Several names may share one entry.
/// What an import of an older or newer Emscripten is called is decided by the rewriter.
pub const ENTRIES: &[Entry] = &[
    Entry::new("sys_socket", 6, Kind::Always),
    Entry::new("sys_connect", 6, Kind::Always),
    Entry::new("sys_bind", 6, Kind::Always),
    Entry::new("sys_listen", 6, Kind::Always),
    Entry::new("sys_accept4", 6, Kind::Always),
    Entry::new("sys_getsockname", 6, Kind::Always),
    Entry::new("sys_getpeername", 6, Kind::Always),
    Entry::new("sys_getsockopt", 6, Kind::Always),
    Entry::new("sys_setsockopt", 6, Kind::Always),
    Entry::new("sys_shutdown", 6, Kind::Always),
    Entry::new("sys_sendto", 6, Kind::Always),
    Entry::new("sys_recvfrom", 6, Kind::Always),
    Entry::new("sys_sendmsg", 6, Kind::Always),
    Entry::new("sys_recvmsg", 6, Kind::Always),
    Entry::new("sys_sendmmsg", 4, Kind::Always),
    Entry::new("sys_recvmmsg", 5, Kind::Always),
    Entry::new("sys_socketpair", 6, Kind::Always),
    Entry::new("sys_pipe2", 2, Kind::Always),
    Entry::new("sys_poll", 3, Kind::Always),
    Entry::new("sys_newselect", 5, Kind::Always),
    Entry::new("sys_pselect6", 6, Kind::Always),
    Entry::new("sys_epoll_create1", 1, Kind::Always),
    Entry::new("sys_epoll_ctl", 4, Kind::Always),
    Entry::new("sys_epoll_pwait", 6, Kind::Always),
    Entry::new("sys_fcntl64", 3, Kind::IfOurs),
    Entry::new("sys_ioctl", 3, Kind::IfOurs),
    Entry::new("sys_fstat64", 2, Kind::IfOurs),
    Entry::new("sys_dup", 1, Kind::IfOurs),
    Entry::new("sys_dup3", 3, Kind::IfOurs),
    // What only files have: EINVAL for what is ours.
    Entry::new("sys_ftruncate64", 3, Kind::IfOurs),
    Entry::new("sys_fdatasync", 1, Kind::IfOurs),
    Entry::new("wasi_fd_sync", 1, Kind::IfOurs),
    // A path that an AF_UNIX socket is bound to is a name in the runtime, not a file.
    Entry::new("sys_unlink", 1, Kind::IfOurs),
    Entry::new("sys_unlinkat", 3, Kind::IfOurs),
    Entry::new("wasi_fd_close", 1, Kind::IfOurs),
    Entry::new("wasi_fd_read", 4, Kind::IfOurs),
    Entry::new("wasi_fd_write", 4, Kind::IfOurs),
    Entry::new("wasi_fd_fdstat_get", 2, Kind::IfOurs),
    Entry::new("getaddrinfo", 4, Kind::Always),
    Entry::new("gethostbyname", 1, Kind::Always),
    Entry::new("gethostbyname_r", 6, Kind::Always),
    Entry::new("gethostbyaddr", 3, Kind::Always),
    Entry::new("getnameinfo", 7, Kind::Always),
    Entry::new("lookup_name", 1, Kind::Always),
    // emscripten_set_socket_*_callback(user_data, function)
    Entry::new("on_socket_error", 2, Kind::Always),
    Entry::new("on_socket_open", 2, Kind::Always),
    Entry::new("on_socket_listen", 2, Kind::Always),
    Entry::new("on_socket_connection", 2, Kind::Always),
    Entry::new("on_socket_message", 2, Kind::Always),
    Entry::new("on_socket_close", 2, Kind::Always),
    // Queued bytes leave before the program does: waits, then hands over to the original.
    Entry::new("proc_exit", 1, Kind::IfOurs),
];

/// An entry of the runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Name of the runtime's export.
    pub name: &'static str,
    /// Number of `i64` arguments after the ticket. A thunk passes 0 for those that its import lacks.
    pub arity: usize,
    /// Whether the original import is needed.
    pub kind: Kind,
}

impl Entry {
    const fn new(name: &'static str, arity: usize, kind: Kind) -> Self {
        Entry { name, arity, kind }
    }
}

/// Whether an entry may hand a call to the original import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The entry answers every call; the import's slot is free.
    Always,
    /// The entry may answer [`NOT_OURS`]; the original import is kept.
    IfOurs,
}
