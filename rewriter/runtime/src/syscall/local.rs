//! AF_UNIX within the program: `socketpair`, and the names that sockets are bound to.

use crate::errno::Errno;
use crate::platform::{App, Host};
use crate::runtime::{Halt, Runtime};

impl<H: Host, A: App> Runtime<H, A> {
    /// `socketpair(domain, type, protocol, fds)`
    pub fn sys_socketpair(&mut self, ticket: u32, _: [u64; 6]) -> i64 {
        self.enter(ticket, false, |_, _| Err(Errno::NOSYS.into()))
    }

    /// `unlink(path)`
    pub fn sys_unlink(&mut self, ticket: u32, _: [u64; 1]) -> i64 {
        self.enter(ticket, false, |_, _| Err(Halt::NotOurs))
    }

    /// `unlinkat(directory, path, flags)`
    pub fn sys_unlinkat(&mut self, ticket: u32, _: [u64; 3]) -> i64 {
        self.enter(ticket, false, |_, _| Err(Halt::NotOurs))
    }
}
