//! All entries of the runtime as values, called as the exports of the wasm call them: through the trace.

use super::World;

/// The most arguments that an entry has.
pub(crate) const ARGUMENTS: usize = 7;

/// Calls an entry with a ticket and as many of the arguments as it takes.
pub(crate) type Call = fn(&mut World, u32, &[u64; ARGUMENTS]) -> i64;

macro_rules! entries {
    ($($name:ident $arity:literal)*) => {
        /// Each entry's name, its number of arguments, and how to call it.
        pub(crate) const ENTRIES: &[(&str, usize, Call)] = &[$((
            stringify!($name),
            $arity,
            |world, ticket, arguments| {
                let arguments: [u64; $arity] = std::array::from_fn(|place| arguments[place]);
                world.traced(stringify!($name), ticket, arguments, World::$name)
            },
        )),*];
    };
}

entries! {
    sys_socket 6
    sys_connect 6
    sys_bind 6
    sys_listen 6
    sys_accept4 6
    sys_getsockname 6
    sys_getpeername 6
    sys_getsockopt 6
    sys_setsockopt 6
    sys_shutdown 6
    sys_sendto 6
    sys_recvfrom 6
    sys_sendmsg 6
    sys_recvmsg 6
    sys_sendmmsg 4
    sys_recvmmsg 5
    sys_socketpair 6
    sys_pipe2 2
    sys_poll 3
    sys_newselect 5
    sys_pselect6 6
    sys_epoll_create1 1
    sys_epoll_ctl 4
    sys_epoll_pwait 6
    sys_fcntl64 3
    sys_ioctl 3
    sys_fstat64 2
    sys_dup 1
    sys_dup3 3
    sys_ftruncate64 3
    sys_fdatasync 1
    wasi_fd_sync 1
    sys_unlink 1
    sys_unlinkat 3
    wasi_fd_close 1
    wasi_fd_read 4
    wasi_fd_write 4
    wasi_fd_fdstat_get 2
    getaddrinfo 4
    gethostbyname 1
    gethostbyname_r 6
    gethostbyaddr 3
    getnameinfo 7
    lookup_name 1
    on_socket_error 2
    on_socket_open 2
    on_socket_listen 2
    on_socket_connection 2
    on_socket_message 2
    on_socket_close 2
    proc_exit 1
}

/// The entry of a name.
#[track_caller]
pub(crate) fn entry(name: &str) -> Call {
    let found = ENTRIES.iter().find(|(other, ..)| *other == name);
    found.expect("an entry of this name").2
}
