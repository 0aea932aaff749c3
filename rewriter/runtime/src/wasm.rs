//! The state machine as a wasm module: the imports that are its host and its program, and the exports that are its
//! entries and events, as `interface.rs` names them. The only place with `unsafe`.

use core::cell::UnsafeCell;

use crate::errno::Errno;
use crate::interface::{Command, Endpoint, OpenRequest};
use crate::platform::{Abi, App, Host, Open, Request};
use crate::policy::Policy;
use crate::runtime::Runtime;

#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

mod host {
    #[link(wasm_import_module = "direct_sockets")]
    unsafe extern "C" {
        pub(super) safe fn command(op: i32, id: u32, a: u32, b: u32) -> i32;
        pub(super) safe fn now() -> f64;
    }
}

mod app {
    #[link(wasm_import_module = "app")]
    unsafe extern "C" {
        pub(super) fn read(from: u64, to: *mut u8, length: u32) -> u32;
        pub(super) fn write(to: u64, from: *const u8, length: u32) -> u32;
        pub(super) safe fn abi() -> u32;
        pub(super) safe fn socket() -> i32;
        pub(super) safe fn close(fd: i32) -> i32;
        pub(super) safe fn fcntl(fd: i32, command: i32) -> i32;
        pub(super) safe fn poll(fds: u64, count: i32) -> i32;
        pub(super) safe fn select(count: i32, read: u64, write: u64, except: u64) -> i32;
        pub(super) safe fn malloc(size: u64) -> u64;
    }
}

mod embed {
    #[link(wasm_import_module = "embed")]
    unsafe extern "C" {
        pub(super) safe fn policy() -> u64;
    }
}

/// The host behind its imports.
struct Imports;

impl Host for Imports {
    fn command(&mut self, id: u32, request: Request<'_>) -> Result<(), Errno> {
        let call = |op: Command, a: u32, b: u32| match host::command(op as i32, id, a, b) {
            0 => Ok(()),
            errno => Err(Errno::from_number(errno)),
        };
        match request {
            Request::TcpConnect(open) => call(Command::TcpConnect, address(&lay_out(&open)), 0),
            Request::TcpListen { open, backlog } => call(Command::TcpListen, address(&lay_out(&open)), backlog),
            Request::UdpOpen(open) => call(Command::UdpOpen, address(&lay_out(&open)), 0),
            Request::Send => call(Command::Send, 0, 0),
            Request::SendDatagram { packet } => {
                let payload = packet.len().saturating_sub(Endpoint::SIZE as usize);
                call(Command::SendDatagram, start(packet), payload as u32)
            }
            Request::Shutdown => call(Command::Shutdown, 0, 0),
            Request::Close(how) => call(Command::Close, how as u32, 0),
            Request::Resume => call(Command::Resume, 0, 0),
            Request::Resolve(name) => call(Command::Resolve, start(name), name.len() as u32),
            Request::SetOption(option, value) => call(Command::SetOption, option as u32, value as u32),
            Request::Wake => call(Command::Wake, 0, 0),
            Request::TcpBind(open) => call(Command::TcpBind, address(&lay_out(&open)), 0),
            Request::Membership { group, interface, join } => {
                call(Command::Membership, address(&[group, interface]), join.into())
            }
            Request::CallBack { callback, is_error } => call(Command::CallBack, address(&callback), is_error.into()),
            Request::UdpConnect(peer) => call(Command::UdpConnect, address(&peer), 0),
            Request::Stay => call(Command::Stay, 0, 0),
            Request::Input => call(Command::Input, 0, 0),
            Request::Trace(line) => call(Command::Trace, start(line), line.len() as u32),
        }
    }

    fn now(&mut self) -> f64 {
        host::now()
    }
}

/// Where a value lies, for the host to read during the call. What lies there must have been exposed, since the
/// compiler sees nobody read it.
fn address<T>(value: &T) -> u32 {
    core::ptr::from_ref(value).expose_provenance() as u32
}

fn start(bytes: &[u8]) -> u32 {
    bytes.as_ptr().expose_provenance() as u32
}

fn lay_out(open: &Open<'_>) -> OpenRequest {
    OpenRequest {
        local: open.local,
        remote: open.remote,
        name: if open.name.is_empty() { 0 } else { start(open.name) },
        name_length: open.name.len() as u32,
        flags: open.flags,
        keep_alive: open.keep_alive,
        receive_buffer: open.receive_buffer,
        send_buffer: open.send_buffer,
    }
}

/// The program behind its imports.
struct Program;

/// wasm can read and write at 0; no C program means to.
fn is_null(address: u64, length: usize) -> bool {
    address == 0 && length > 0
}

impl App for Program {
    fn read(&mut self, from: u64, to: &mut [u8]) -> bool {
        // SAFETY: the import writes at most the slice's length, at its address.
        !is_null(from, to.len()) && unsafe { app::read(from, to.as_mut_ptr(), to.len() as u32) != 0 }
    }

    fn write(&mut self, to: u64, from: &[u8]) -> bool {
        // SAFETY: the import reads at most the slice's length, at its address.
        !is_null(to, from.len()) && unsafe { app::write(to, from.as_ptr(), from.len() as u32) != 0 }
    }

    fn abi(&self) -> Abi {
        Abi(app::abi())
    }

    fn socket(&mut self) -> i32 {
        app::socket()
    }

    fn close(&mut self, fd: i32) -> i32 {
        app::close(fd)
    }

    fn fcntl(&mut self, fd: i32, command: i32) -> i32 {
        app::fcntl(fd, command)
    }

    fn poll(&mut self, fds: u64, count: i32) -> i32 {
        app::poll(fds, count)
    }

    fn select(&mut self, count: i32, read: u64, write: u64, except: u64) -> i32 {
        app::select(count, read, write, except)
    }

    fn malloc(&mut self, size: u64) -> u64 {
        app::malloc(size)
    }
}

/// Bytes through which endpoints and lengths travel to and from the host.
const SCRATCH: usize = 256;

struct Global {
    runtime: UnsafeCell<Option<Runtime<Imports, Program>>>,
    scratch: UnsafeCell<[u8; SCRATCH]>,
}

// SAFETY: the module is instantiated with one memory per instance and has no threads.
unsafe impl Sync for Global {}

static GLOBAL: Global = Global {
    runtime: UnsafeCell::new(None),
    scratch: UnsafeCell::new([0; SCRATCH]),
};

fn runtime() -> &'static mut Runtime<Imports, Program> {
    // SAFETY: each export asks once and drops the reference before it returns; no import calls back into an export, as
    // the contract says, so there is never a second one.
    let runtime = unsafe { &mut *GLOBAL.runtime.get() };
    runtime.get_or_insert_with(|| {
        let mut runtime = Runtime::new(Imports, Program);
        runtime.set_policy(policy());
        runtime
    })
}

/// What the rewriter has put beside us. A text that is none, which it never writes, allows nothing.
fn policy() -> Policy {
    let place = embed::policy();
    let (start, length) = ((place >> 32) as usize, place as u32 as usize);
    if length == 0 {
        return Policy::default();
    }
    // SAFETY: the rewriter has made the memory larger by a data segment that lies there, and nothing else uses it.
    let text = unsafe { core::slice::from_raw_parts(core::ptr::with_exposed_provenance(start), length) };
    core::str::from_utf8(text)
        .ok()
        .and_then(|text| Policy::parse(text).ok())
        .unwrap_or_else(Policy::nothing)
}

/// An endpoint that the host has put into the scratch area.
fn endpoint_at(offset: usize) -> Endpoint {
    let mut bytes = [0; Endpoint::SIZE as usize];
    // SAFETY: the host writes only between calls, and no reference into the area outlives this line.
    let scratch = unsafe { &*GLOBAL.scratch.get() };
    bytes.copy_from_slice(&scratch[offset..offset + Endpoint::SIZE as usize]);
    Endpoint::from_bytes(&bytes)
}

const LOCAL: usize = 0;
const REMOTE: usize = Endpoint::SIZE as usize;

/// Tells the host a stretch of memory: its address is the answer, its length lies in the scratch area.
fn stretch(address: u32, length: usize) -> u32 {
    // SAFETY: the host reads only between calls, and no reference into the area outlives this line.
    let scratch = unsafe { &mut *GLOBAL.scratch.get() };
    scratch[..4].copy_from_slice(&(length as u32).to_le_bytes());
    if length == 0 { 0 } else { address }
}

fn outcome(errno: i32) -> Result<(), Errno> {
    if errno == 0 {
        Ok(())
    } else {
        Err(Errno::from_number(errno))
    }
}

macro_rules! entries {
    ($($name:ident($($argument:ident),*);)*) => {
        $(
            // SAFETY: the symbol is the export's name, which nothing else in the module has.
            #[unsafe(no_mangle)]
            extern "C" fn $name(ticket: u32, $($argument: u64),*) -> i64 {
                runtime().traced(stringify!($name), ticket, [$($argument),*], Runtime::$name)
            }
        )*
        /// Names and numbers of arguments, to compare with the contract.
        const DEFINED: &[(&str, usize)] = &[$((stringify!($name), <[&str]>::len(&[$(stringify!($argument)),*]))),*];
    };
}

entries! {
    sys_socket(a, b, c, d, e, f);
    sys_connect(a, b, c, d, e, f);
    sys_bind(a, b, c, d, e, f);
    sys_listen(a, b, c, d, e, f);
    sys_accept4(a, b, c, d, e, f);
    sys_getsockname(a, b, c, d, e, f);
    sys_getpeername(a, b, c, d, e, f);
    sys_getsockopt(a, b, c, d, e, f);
    sys_setsockopt(a, b, c, d, e, f);
    sys_shutdown(a, b, c, d, e, f);
    sys_sendto(a, b, c, d, e, f);
    sys_recvfrom(a, b, c, d, e, f);
    sys_sendmsg(a, b, c, d, e, f);
    sys_recvmsg(a, b, c, d, e, f);
    sys_sendmmsg(a, b, c, d);
    sys_recvmmsg(a, b, c, d, e);
    sys_socketpair(a, b, c, d, e, f);
    sys_pipe2(a, b);
    sys_poll(a, b, c);
    sys_newselect(a, b, c, d, e);
    sys_pselect6(a, b, c, d, e, f);
    sys_epoll_create1(a);
    sys_epoll_ctl(a, b, c, d);
    sys_epoll_pwait(a, b, c, d, e, f);
    sys_fcntl64(a, b, c);
    sys_ioctl(a, b, c);
    sys_fstat64(a, b);
    sys_dup(a);
    sys_dup3(a, b, c);
    sys_ftruncate64(a, b, c);
    sys_fdatasync(a);
    wasi_fd_sync(a);
    sys_unlink(a);
    sys_unlinkat(a, b, c);
    wasi_fd_close(a);
    wasi_fd_read(a, b, c, d);
    wasi_fd_write(a, b, c, d);
    wasi_fd_fdstat_get(a, b);
    getaddrinfo(a, b, c, d);
    gethostbyname(a);
    gethostbyname_r(a, b, c, d, e, f);
    gethostbyaddr(a, b, c);
    getnameinfo(a, b, c, d, e, f, g);
    lookup_name(a);
    on_socket_error(a, b);
    on_socket_open(a, b);
    on_socket_listen(a, b);
    on_socket_connection(a, b);
    on_socket_message(a, b);
    on_socket_close(a, b);
    proc_exit(a);
}

/// The entries above are those of the contract, in its order.
const _: () = {
    let entries = crate::interface::ENTRIES;
    assert!(entries.len() == DEFINED.len());
    let mut place = 0;
    while place < entries.len() {
        let (name, arity) = DEFINED[place];
        assert!(entries[place].arity == arity);
        let (left, right) = (name.as_bytes(), entries[place].name.as_bytes());
        assert!(left.len() == right.len());
        let mut byte = 0;
        while byte < left.len() {
            assert!(left[byte] == right[byte]);
            byte += 1;
        }
        place += 1;
    }
};

macro_rules! events {
    ($($name:ident($($argument:ident: $type:ty),*) $(-> $answer:ty)? $body:block)*) => {
        $(
            // SAFETY: the symbol is the export's name, which nothing else in the module has.
            #[unsafe(no_mangle)]
            extern "C" fn $name($($argument: $type),*) $(-> $answer)? $body
        )*
    };
}

events! {
    sys_abandon(ticket: u32) -> i64 {
        runtime().traced_abandon(ticket)
    }
    scratch() -> u32 {
        GLOBAL.scratch.get().expose_provenance() as u32
    }
    ticket_timeout(ticket: u32) -> f64 {
        runtime().ticket_timeout(ticket)
    }
    ticket_expired(ticket: u32) {
        runtime().ticket_expired(ticket);
    }
    opened(id: u32) {
        runtime().opened(id, endpoint_at(LOCAL), endpoint_at(REMOTE));
    }
    failed(id: u32, errno: i32) {
        runtime().failed(id, Errno::from_number(errno));
    }
    recv_reserve(id: u32, length: u32) -> u32 {
        let room = runtime().recv_reserve(id, length as usize);
        stretch(start(room), room.len())
    }
    recv_commit(id: u32, length: u32) -> u32 {
        runtime().recv_commit(id, length as usize).into()
    }
    recv_end(id: u32) {
        runtime().recv_end(id);
    }
    send_peek(id: u32, most: u32) -> u32 {
        let bytes = runtime().send_peek(id, most as usize);
        stretch(start(bytes), bytes.len())
    }
    send_done(id: u32, length: u32) {
        runtime().send_done(id, length as usize);
    }
    datagram_reserve(id: u32, length: u32) -> u32 {
        match runtime().datagram_reserve(id, length as usize) {
            // Not even an empty datagram lies at 0: that is where the stack ends.
            Some(room) => start(room),
            None => 0,
        }
    }
    datagram_commit(id: u32, length: u32) {
        runtime().datagram_commit(id, length as usize, endpoint_at(REMOTE));
    }
    datagrams_sent(id: u32, count: u32, length: u32, errno: i32) {
        runtime().datagrams_sent(id, count as usize, length as usize, outcome(errno));
    }
    accepted(listener: u32) -> u32 {
        runtime().accepted(listener, endpoint_at(LOCAL), endpoint_at(REMOTE)).unwrap_or(0)
    }
    closed(id: u32) {
        runtime().closed(id);
    }
    resolved_address(query: u32) {
        runtime().resolved_address(query, endpoint_at(LOCAL));
    }
    resolved(query: u32, errno: i32) {
        runtime().resolved(query, outcome(errno));
    }
    finish() -> u32 {
        runtime().finish().into()
    }
    configure(key: i32, value: i32) {
        runtime().configure(key, value);
    }
}
