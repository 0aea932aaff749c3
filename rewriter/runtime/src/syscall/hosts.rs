//! The other calls of `netdb.h`: `gethostbyname_r`, `gethostbyaddr`, `getnameinfo`.

use crate::errno::Errno;
use crate::platform::{App, Host};
use crate::runtime::Runtime;

impl<H: Host, A: App> Runtime<H, A> {
    /// `gethostbyname_r(name, host, buffer, length, result, error)`
    pub fn gethostbyname_r(&mut self, ticket: u32, _: [u64; 6]) -> i64 {
        self.enter(ticket, false, |_, _| Err(Errno::NOSYS.into()))
    }

    /// `gethostbyaddr(address, length, family)`
    pub fn gethostbyaddr(&mut self, ticket: u32, _: [u64; 3]) -> i64 {
        self.enter(ticket, false, |_, _| Err(Errno::NOSYS.into()))
    }

    /// `getnameinfo(address, address_length, host, host_length, service, service_length, flags)`
    pub fn getnameinfo(&mut self, ticket: u32, _: [u64; 7]) -> i64 {
        self.enter(ticket, false, |_, _| Err(Errno::NOSYS.into()))
    }
}
