//! The two sides the state machine stands between, as traits: the host that owns the real sockets, and the
//! program. `wasm.rs` implements both with imports, the tests with simulations.

use crate::errno::Errno;
use crate::interface::{CallbackRequest, Endpoint, HostOption, abi};

/// The host: executes commands, tells the time.
pub trait Host {
    /// Starts what `request` says about `id`. An error means that nothing was started: no event follows, and an id that
    /// was to be opened is as unused as before.
    fn command(&mut self, id: u32, request: Request<'_>) -> Result<(), Errno>;
    /// Monotonic milliseconds.
    fn now(&mut self) -> f64;
}

/// What the host is asked to do: [`crate::interface::Command`] with its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is described at its Command")]
pub enum Request<'a> {
    TcpConnect(Open<'a>),
    TcpListen {
        open: Open<'a>,
        backlog: u32,
    },
    UdpOpen(Open<'a>),
    Send,
    /// The endpoint in its 24 bytes, then the payload.
    SendDatagram {
        packet: &'a [u8],
    },
    Shutdown,
    Close(Closing),
    Resume,
    Resolve(&'a [u8]),
    SetOption(HostOption, i32),
    Wake,
    TcpBind(Open<'a>),
    Membership {
        group: Endpoint,
        interface: Endpoint,
        join: bool,
    },
    CallBack {
        callback: CallbackRequest,
        is_error: bool,
    },
    Trace(&'a [u8]),
    UdpConnect(Endpoint),
    Stay,
    Input,
}

/// How a socket is closed: `a` of [`crate::interface::Command::Close`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Closing {
    /// What is queued is delivered, then FIN.
    Deliver = 0,
    /// RST at once.
    Abort = 1,
    /// What is queued is delivered, then RST.
    Reset = 2,
}

/// What a socket is opened with: [`crate::interface::OpenRequest`] with the name as a slice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is described at OpenRequest")]
pub struct Open<'a> {
    pub local: Endpoint,
    pub remote: Endpoint,
    pub name: &'a [u8],
    pub flags: u32,
    pub keep_alive: u32,
    pub receive_buffer: u32,
    pub send_buffer: u32,
}

/// The program: its memory, its file system, its allocator. Errors of originals are negative numbers
/// as they answer them.
pub trait App {
    /// Copies out of its memory; false if that is out of bounds.
    fn read(&mut self, from: u64, to: &mut [u8]) -> bool;
    /// Copies into its memory; false if that is out of bounds.
    fn write(&mut self, to: u64, from: &[u8]) -> bool;
    /// How wide its pointers and times are.
    fn abi(&self) -> Abi;
    /// Reserves a descriptor.
    fn socket(&mut self) -> i32;
    /// Frees one.
    fn close(&mut self, fd: i32) -> i32;
    /// The original `fcntl` with no argument.
    fn fcntl(&mut self, fd: i32, command: i32) -> i32;
    /// The original `poll` with a timeout of 0.
    fn poll(&mut self, fds: u64, count: i32) -> i32;
    /// The original `select` with a null timeout.
    fn select(&mut self, count: i32, read: u64, write: u64, except: u64) -> i32;
    /// Its `malloc`.
    fn malloc(&mut self, size: u64) -> u64;
}

/// Bits of [`crate::interface::abi`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abi(pub u32);

impl Abi {
    /// Pointers, `size_t` and `long` are 64 bits wide.
    pub fn wasm64(self) -> bool {
        self.0 & abi::WASM64 != 0
    }

    /// `time_t` is 32 bits wide.
    pub fn time32(self) -> bool {
        self.0 & abi::TIME32 != 0
    }

    /// Bytes of a pointer, `size_t` and `long`.
    pub fn word(self) -> usize {
        if self.wasm64() { 8 } else { 4 }
    }
}
