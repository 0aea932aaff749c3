//! `sendmmsg` and `recvmmsg`: several messages with one call.

use crate::errno::Errno;
use crate::platform::{App, Host};
use crate::runtime::Runtime;

impl<H: Host, A: App> Runtime<H, A> {
    /// `sendmmsg(fd, messages, count, flags)`
    pub fn sys_sendmmsg(&mut self, ticket: u32, _: [u64; 4]) -> i64 {
        self.enter(ticket, false, |_, _| Err(Errno::NOSYS.into()))
    }

    /// `recvmmsg(fd, messages, count, flags, timeout)`
    pub fn sys_recvmmsg(&mut self, ticket: u32, _: [u64; 5]) -> i64 {
        self.enter(ticket, false, |_, _| Err(Errno::NOSYS.into()))
    }
}
