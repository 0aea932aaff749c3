//! Which import of a program is which entry of the runtime: one table of the names that Emscripten's versions use.
//!
//! A name here is the C symbol: what an import is called in module `env` or `wasi_snapshot_preview1` when names are
//! not minified, and, with one more `_` in front, what the glue's map of imports binds a minified field to.

use direct_sockets_runtime::interface::{ENTRIES, Entry};

/// C symbol, and the entry that takes its place.
const REPLACED: &[(&str, &str)] = &[
    ("__syscall_socket", "sys_socket"),
    ("__syscall_connect", "sys_connect"),
    ("__syscall_bind", "sys_bind"),
    ("__syscall_listen", "sys_listen"),
    ("__syscall_accept4", "sys_accept4"),
    ("__syscall_getsockname", "sys_getsockname"),
    ("__syscall_getpeername", "sys_getpeername"),
    ("__syscall_getsockopt", "sys_getsockopt"),
    ("__syscall_setsockopt", "sys_setsockopt"),
    ("__syscall_shutdown", "sys_shutdown"),
    ("__syscall_sendto", "sys_sendto"),
    ("__syscall_recvfrom", "sys_recvfrom"),
    ("__syscall_sendmsg", "sys_sendmsg"),
    ("__syscall_recvmsg", "sys_recvmsg"),
    ("__syscall_sendmmsg", "sys_sendmmsg"),
    ("__syscall_recvmmsg", "sys_recvmmsg"),
    ("__syscall_socketpair", "sys_socketpair"),
    // Up to 5.0.3, without flags: the entry sees the missing argument as 0.
    ("__syscall_pipe", "sys_pipe2"),
    ("__syscall_pipe2", "sys_pipe2"),
    ("__syscall_poll", "sys_poll"),
    // 6.0.1 and later call this one for a timeout of 0; the entry sees the missing argument as 0.
    ("__syscall_poll_nonblocking", "sys_poll"),
    // Up to 4.0.22; since then select is C over poll.
    ("__syscall__newselect", "sys_newselect"),
    ("__syscall_pselect6", "sys_pselect6"),
    // From 6.0.2 on; 6.0.5's own answer ENOSYS.
    ("__syscall_epoll_create1", "sys_epoll_create1"),
    ("__syscall_epoll_ctl", "sys_epoll_ctl"),
    ("__syscall_epoll_pwait", "sys_epoll_pwait"),
    // From 6.0.8 on, for a timeout of 0, which is what a missing argument is.
    ("__syscall_epoll_pwait_nonblocking", "sys_epoll_pwait"),
    ("__syscall_fcntl64", "sys_fcntl64"),
    ("__syscall_ioctl", "sys_ioctl"),
    ("__syscall_fstat64", "sys_fstat64"),
    ("__syscall_dup", "sys_dup"),
    ("__syscall_dup3", "sys_dup3"),
    ("__syscall_ftruncate64", "sys_ftruncate64"),
    ("__syscall_fdatasync", "sys_fdatasync"),
    ("fd_sync", "wasi_fd_sync"),
    ("__syscall_unlink", "sys_unlink"),
    ("__syscall_unlinkat", "sys_unlinkat"),
    ("fd_close", "wasi_fd_close"),
    ("fd_read", "wasi_fd_read"),
    ("fd_write", "wasi_fd_write"),
    ("fd_fdstat_get", "wasi_fd_fdstat_get"),
    ("getaddrinfo", "getaddrinfo"),
    // JavaScript up to 3.1.51; since then C over _emscripten_lookup_name.
    ("gethostbyname", "gethostbyname"),
    ("gethostbyname_r", "gethostbyname_r"),
    ("gethostbyaddr", "gethostbyaddr"),
    ("getnameinfo", "getnameinfo"),
    ("_emscripten_lookup_name", "lookup_name"),
    ("emscripten_set_socket_error_callback", "on_socket_error"),
    ("emscripten_set_socket_open_callback", "on_socket_open"),
    ("emscripten_set_socket_listen_callback", "on_socket_listen"),
    ("emscripten_set_socket_connection_callback", "on_socket_connection"),
    ("emscripten_set_socket_message_callback", "on_socket_message"),
    ("emscripten_set_socket_close_callback", "on_socket_close"),
    ("proc_exit", "proc_exit"),
    ("exit", "proc_exit"),
];

/// The imports that make a program one with sockets: without any of these there is nothing to retrofit.
const SOCKET_CALLS: &[&str] = &["__syscall_socket"];

/// Imports of versions before 2.0.32, whose calling convention is another one.
const TOO_OLD: &[&str] = &["__syscall102", "__sys_socketcall", "__sys_socket"];

/// The entry that replaces an import of this C symbol.
#[must_use]
pub fn entry(symbol: &str) -> Option<&'static Entry> {
    let (_, name) = REPLACED.iter().find(|(known, _)| *known == symbol)?;
    ENTRIES.iter().find(|entry| entry.name == *name)
}

/// Whether a program that imports this symbol has sockets.
#[must_use]
pub fn makes_sockets(symbol: &str) -> bool {
    SOCKET_CALLS.contains(&symbol)
}

/// Whether only an Emscripten before 2.0.32 imports this symbol.
#[must_use]
pub fn is_too_old(symbol: &str) -> bool {
    TOO_OLD.contains(&symbol)
}

/// Whether any version of Emscripten calls an import like this: what tells a map of real names from a renamed one.
#[must_use]
pub fn is_known(symbol: &str) -> bool {
    REPLACED.iter().any(|(known, _)| *known == symbol) || is_too_old(symbol)
}

/// Whether this symbol is one of the functions through which Emscripten calls so that JavaScript can catch.
#[must_use]
pub fn is_invoke(symbol: &str) -> bool {
    symbol
        .strip_prefix("invoke_")
        .is_some_and(|signature| !signature.is_empty() && signature.bytes().all(|letter| b"vijfdep".contains(&letter)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_replacement_names_an_entry() {
        for (symbol, name) in REPLACED {
            assert_eq!(entry(symbol).map(|entry| entry.name), Some(*name));
        }
    }

    #[test]
    fn every_entry_replaces_something() {
        for entry in ENTRIES {
            assert!(REPLACED.iter().any(|(_, name)| *name == entry.name), "{}", entry.name);
        }
    }

    #[test]
    fn invokes() {
        assert!(is_invoke("invoke_viij"));
        assert!(!is_invoke("invoke_"));
        assert!(!is_invoke("invoke_callback"));
        assert!(!is_invoke("_invoke_vi"));
    }
}
