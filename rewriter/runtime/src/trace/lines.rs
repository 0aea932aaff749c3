//! What each entry is called by strace, and what its arguments and its answer are.

/// A line of the table.
pub(super) struct Line {
    /// The entry.
    pub(super) entry: &'static str,
    /// What the line begins with: the system call's name, or the C function's where it is none.
    pub(super) name: &'static str,
    /// The arguments that are shown, from the first one on.
    pub(super) arguments: &'static [Kind],
    /// What it answers.
    pub(super) answer: Answer,
    /// What is told after the answer.
    pub(super) tail: Tail,
}

/// What an argument is. Some are read together with the next one (a buffer and its length).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A signed number; a descriptor.
    Int,
    /// An unsigned one: a size, a count.
    Size,
    /// A pointer that is not looked behind.
    Pointer,
    /// `AF_…`
    Domain,
    /// `SOCK_…` with its flags.
    Type,
    /// `IPPROTO_…`
    Protocol,
    /// Flags of `accept4`.
    AcceptFlags,
    /// `SHUT_…`
    How,
    /// `MSG_…`
    MessageFlags,
    /// `SOL_…`
    Level,
    /// An option; the level is the argument before.
    Option,
    /// Its value; level and option are the two arguments before, the length is the one after.
    OptionIn,
    /// The same, given by the call, with a pointer to the length.
    OptionOut,
    /// A `sockaddr`; the next argument is its length.
    AddressIn,
    /// One that the call gives; the next argument points to its length.
    AddressOut,
    /// A pointer to a length that the call gives.
    LengthOut,
    /// Bytes that are sent; the next argument counts them.
    BytesIn,
    /// Bytes that were received: as many as the call answers.
    BytesOut,
    /// An iovec array with what is sent; the next argument counts it.
    PiecesIn,
    /// One with what was received.
    PiecesOut,
    /// A `msghdr` that is sent.
    MessageIn,
    /// One that was received.
    MessageOut,
    /// An array of `mmsghdr`, the next argument counts it.
    MessagesIn,
    /// The same, received.
    MessagesOut,
    /// A table of `pollfd`; the next argument counts it.
    PollTable,
    /// An `fd_set`; the first argument says how far it goes.
    Set,
    /// `struct timeval` that the call may change.
    Timeval,
    /// `struct timespec`.
    Timespec,
    /// `EPOLL_CLOEXEC`.
    EpollFlags,
    /// `EPOLL_CTL_…`
    EpollOperation,
    /// An `epoll_event`.
    EpollEvent,
    /// As many of them as the call answers.
    EpollEventsOut,
    /// `F_…`
    FcntlCommand,
    /// What goes with it.
    FcntlArgument,
    /// `FIO…`
    IoctlRequest,
    /// What it points to.
    IoctlArgument,
    /// Two descriptors that the call gives.
    PairOut,
    /// `O_…`
    OpenFlags,
    /// A C string.
    Text,
    /// The hints of `getaddrinfo`.
    Hints,
    /// The list that it gives.
    ListOut,
    /// A C string that the call gives.
    TextOut,
    /// Flags of `getnameinfo`.
    NameFlags,
}

impl Kind {
    /// It is given by the call, so it is known at its end.
    pub(super) fn is_answer(self) -> bool {
        matches!(
            self,
            Kind::OptionOut
                | Kind::AddressOut
                | Kind::LengthOut
                | Kind::BytesOut
                | Kind::PiecesOut
                | Kind::MessageOut
                | Kind::MessagesOut
                | Kind::EpollEventsOut
                | Kind::IoctlArgument
                | Kind::PairOut
                | Kind::ListOut
                | Kind::TextOut
        )
    }
}

/// What a call answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// A number, or a negative errno.
    Number,
    /// `fcntl`'s, which are flags for `F_GETFL`.
    Fcntl,
    /// 0, or a positive errno.
    Errno,
    /// The same, and the argument of this place points to the number that it answers.
    Count(usize),
    /// A pointer.
    Pointer,
    /// `EAI_…`
    NameError,
    /// An IPv4 address.
    Address,
    /// Nothing.
    Void,
}

/// What is told after the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tail {
    /// Nothing.
    None,
    /// The events of `poll`.
    Poll,
    /// The sets of `select`.
    Select,
}

const fn line(entry: &'static str, name: &'static str, arguments: &'static [Kind], answer: Answer) -> Line {
    Line {
        entry,
        name,
        arguments,
        answer,
        tail: Tail::None,
    }
}

const fn waits(entry: &'static str, name: &'static str, arguments: &'static [Kind], tail: Tail) -> Line {
    Line {
        tail,
        ..line(entry, name, arguments, Answer::Number)
    }
}

use Kind::*;

/// The entries that have lines: all of them but `proc_exit`, which ends without an answer.
#[rustfmt::skip]
pub(super) const LINES: &[Line] = &[
    line("sys_socket", "socket", &[Domain, Type, Protocol], Answer::Number),
    line("sys_connect", "connect", &[Int, AddressIn, Size], Answer::Number),
    line("sys_bind", "bind", &[Int, AddressIn, Size], Answer::Number),
    line("sys_listen", "listen", &[Int, Int], Answer::Number),
    line("sys_accept4", "accept4", &[Int, AddressOut, LengthOut, AcceptFlags], Answer::Number),
    line("sys_getsockname", "getsockname", &[Int, AddressOut, LengthOut], Answer::Number),
    line("sys_getpeername", "getpeername", &[Int, AddressOut, LengthOut], Answer::Number),
    line("sys_getsockopt", "getsockopt", &[Int, Level, Option, OptionOut, LengthOut], Answer::Number),
    line("sys_setsockopt", "setsockopt", &[Int, Level, Option, OptionIn, Size], Answer::Number),
    line("sys_shutdown", "shutdown", &[Int, How], Answer::Number),
    line("sys_sendto", "sendto", &[Int, BytesIn, Size, MessageFlags, AddressIn, Size], Answer::Number),
    line("sys_recvfrom", "recvfrom", &[Int, BytesOut, Size, MessageFlags, AddressOut, LengthOut], Answer::Number),
    line("sys_sendmsg", "sendmsg", &[Int, MessageIn, MessageFlags], Answer::Number),
    line("sys_recvmsg", "recvmsg", &[Int, MessageOut, MessageFlags], Answer::Number),
    line("sys_sendmmsg", "sendmmsg", &[Int, MessagesIn, Size, MessageFlags], Answer::Number),
    line("sys_recvmmsg", "recvmmsg", &[Int, MessagesOut, Size, MessageFlags, Timespec], Answer::Number),
    line("sys_socketpair", "socketpair", &[Domain, Type, Protocol, PairOut], Answer::Number),
    line("sys_pipe2", "pipe2", &[PairOut, OpenFlags], Answer::Number),
    waits("sys_poll", "poll", &[PollTable, Size, Int], Tail::Poll),
    waits("sys_newselect", "select", &[Int, Set, Set, Set, Timeval], Tail::Select),
    waits("sys_pselect6", "pselect6", &[Int, Set, Set, Set, Timespec, Pointer], Tail::Select),
    line("sys_epoll_create1", "epoll_create1", &[EpollFlags], Answer::Number),
    line("sys_epoll_ctl", "epoll_ctl", &[Int, EpollOperation, Int, EpollEvent], Answer::Number),
    line("sys_epoll_pwait", "epoll_pwait", &[Int, EpollEventsOut, Int, Int, Pointer, Size], Answer::Number),
    line("sys_fcntl64", "fcntl", &[Int, FcntlCommand, FcntlArgument], Answer::Fcntl),
    line("sys_ioctl", "ioctl", &[Int, IoctlRequest, IoctlArgument], Answer::Number),
    line("sys_fstat64", "fstat", &[Int, Pointer], Answer::Number),
    line("sys_dup", "dup", &[Int], Answer::Number),
    line("sys_dup3", "dup3", &[Int, Int, OpenFlags], Answer::Number),
    line("sys_ftruncate64", "ftruncate", &[Int], Answer::Number),
    line("sys_fdatasync", "fdatasync", &[Int], Answer::Number),
    line("wasi_fd_sync", "fsync", &[Int], Answer::Errno),
    line("sys_unlink", "unlink", &[Text], Answer::Number),
    line("sys_unlinkat", "unlinkat", &[Int, Text, Int], Answer::Number),
    line("wasi_fd_close", "close", &[Int], Answer::Errno),
    line("wasi_fd_read", "readv", &[Int, PiecesOut, Size], Answer::Count(3)),
    line("wasi_fd_write", "writev", &[Int, PiecesIn, Size], Answer::Count(3)),
    line("wasi_fd_fdstat_get", "fd_fdstat_get", &[Int, Pointer], Answer::Errno),
    line("getaddrinfo", "getaddrinfo", &[Text, Text, Hints, ListOut], Answer::NameError),
    line("gethostbyname", "gethostbyname", &[Text], Answer::Pointer),
    line("gethostbyname_r", "gethostbyname_r", &[Text, Pointer, Pointer, Size, Pointer, Pointer], Answer::Errno),
    line("gethostbyaddr", "gethostbyaddr", &[BytesIn, Size, Domain], Answer::Pointer),
    line("getnameinfo", "getnameinfo", &[AddressIn, Size, TextOut, Size, TextOut, Size, NameFlags], Answer::NameError),
    line("lookup_name", "_emscripten_lookup_name", &[Text], Answer::Address),
    line("on_socket_error", "emscripten_set_socket_error_callback", &[Pointer, Pointer], Answer::Void),
    line("on_socket_open", "emscripten_set_socket_open_callback", &[Pointer, Pointer], Answer::Void),
    line("on_socket_listen", "emscripten_set_socket_listen_callback", &[Pointer, Pointer], Answer::Void),
    line("on_socket_connection", "emscripten_set_socket_connection_callback", &[Pointer, Pointer], Answer::Void),
    line("on_socket_message", "emscripten_set_socket_message_callback", &[Pointer, Pointer], Answer::Void),
    line("on_socket_close", "emscripten_set_socket_close_callback", &[Pointer, Pointer], Answer::Void),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::constants::limit;
    use crate::interface::ENTRIES;

    #[test]
    fn each_entry_has_a_line_with_no_more_arguments_than_it_takes() {
        for entry in ENTRIES {
            let line = LINES.iter().find(|line| line.entry == entry.name);
            assert_eq!(line.is_none(), entry.name == "proc_exit", "{}", entry.name);
            let shown = line.map_or(0, |line| line.arguments.len());
            assert!(
                shown <= entry.arity && entry.arity <= limit::ARGUMENTS,
                "{}",
                entry.name
            );
        }
        assert_eq!(LINES.len(), ENTRIES.len() - 1);
    }
}
