//! `epoll_create1`, `epoll_ctl`, `epoll_pwait`.

use crate::errno::Errno;
use crate::platform::{App, Host};
use crate::runtime::Runtime;

impl<H: Host, A: App> Runtime<H, A> {
    /// `epoll_create1(flags)`
    pub fn sys_epoll_create1(&mut self, ticket: u32, _: [u64; 1]) -> i64 {
        self.enter(ticket, false, |_, _| Err(Errno::NOSYS.into()))
    }

    /// `epoll_ctl(epfd, operation, fd, event)`
    pub fn sys_epoll_ctl(&mut self, ticket: u32, _: [u64; 4]) -> i64 {
        self.enter(ticket, false, |_, _| Err(Errno::NOSYS.into()))
    }

    /// `epoll_pwait(epfd, events, most, timeout, mask, mask_size)`
    pub fn sys_epoll_pwait(&mut self, ticket: u32, _: [u64; 6]) -> i64 {
        self.enter(ticket, false, |_, _| Err(Errno::NOSYS.into()))
    }
}
