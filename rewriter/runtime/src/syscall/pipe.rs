//! `pipe2`.

use crate::errno::Errno;
use crate::platform::{App, Host};
use crate::runtime::Runtime;

impl<H: Host, A: App> Runtime<H, A> {
    /// `pipe2(fds, flags)`
    pub fn sys_pipe2(&mut self, ticket: u32, _: [u64; 2]) -> i64 {
        self.enter(ticket, false, |_, _| Err(Errno::NOSYS.into()))
    }
}
