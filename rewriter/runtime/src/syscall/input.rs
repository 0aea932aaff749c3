//! Standard input that somebody types: a host that has a terminal knows whether there is something to read, so that reading and
//! polling it wait as they do on Linux. The bytes stay the program's own file system's; it is asked only once there are some.
//!
//! Without such a host, and once the program has given the number 0 to another file, the original answers as it always did.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::constants::fcntl;
use crate::errno::Errno;
use crate::platform::{App, Host, Request};
use crate::runtime::{Halt, Runtime};
use crate::ticket::{Call, Ticket};

/// The descriptor of standard input.
const INPUT: i32 = 0;

impl<H: Host, A: App> Runtime<H, A> {
    /// Whether there is something to read in a terminal, or its end; `None` if the descriptor is none.
    pub(crate) fn terminal(&mut self, fd: i32) -> Option<bool> {
        if fd != INPUT || self.input_replaced || self.descriptors.get(fd).is_some() {
            return None;
        }
        match self.host.command(0, Request::Input) {
            Ok(()) => Some(true),
            Err(Errno::AGAIN) => Some(false),
            Err(_) => None,
        }
    }

    /// The program closes this number, or gives it to another file.
    pub(crate) fn replaces(&mut self, fd: i32) {
        self.input_replaced |= fd == INPUT;
    }

    /// Hands a read to the original, once that does not answer `EAGAIN`.
    pub(crate) fn read_terminal(&mut self, before: Option<Box<Ticket>>, fd: i32) -> Halt {
        if self.terminal(fd) != Some(false) {
            return Halt::NotOurs;
        }
        let flags = self.app.fcntl(fd, fcntl::GETFL);
        let nonblocking = flags >= 0 && flags & fcntl::O_NONBLOCK != 0;
        self.block(
            before.as_deref(),
            nonblocking,
            None,
            Ticket::of(Call::Input, Vec::new()),
        )
    }
}
