//! The other calls of `netdb.h`: `gethostbyname`, `gethostbyname_r`, `gethostbyaddr`, `getnameinfo`, and
//! `_emscripten_lookup_name`, which newer Emscriptens have instead of the first three.
//!
//! Nothing that these calls go down to turns an address into a name, so few addresses have one: a placeholder has the name that
//! it stands for, the loopback addresses are `localhost`. `h_errno` is a variable of the program that nobody tells us: only
//! `gethostbyname_r`, which is given a place for it, reports it.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;
use core::net::Ipv4Addr;

use crate::address::{self, Sockaddr};
use crate::constants::{af, ai, host_error, limit, ni};
use crate::errno::Errno;
use crate::interface::Endpoint;
use crate::layout;
use crate::numeric;
use crate::platform::{App, Host};
use crate::runtime::{Halt, Reply, Runtime};
use crate::services;
use crate::syscall::int;
use crate::ticket::{Call, Lookup, Ticket};

/// The name of this machine's own addresses.
const LOCALHOST: &[u8] = b"localhost";

/// The flags that `getnameinfo` takes.
const KNOWN_FLAGS: i32 = ni::NUMERICHOST | ni::NUMERICSERV | ni::NOFQDN | ni::NAMEREQD | ni::DGRAM | ni::NUMERICSCOPE;

impl<H: Host, A: App> Runtime<H, A> {
    /// `gethostbyname(name)`: a pointer, null if there is no such name.
    pub fn gethostbyname(&mut self, ticket: u32, a: [u64; 1]) -> i64 {
        self.enter(ticket, false, |this, before| {
            this.host_by_name(before, a[0], Lookup::Host(a[0]))
        })
    }

    /// `gethostbyname_r(name, host, buffer, length, result, error)`: 0, also if there is no such name (the result is null
    /// then), or `ERANGE`, positive, if the buffer is too short.
    pub fn gethostbyname_r(&mut self, ticket: u32, a: [u64; 6]) -> i64 {
        self.enter(ticket, false, |this, before| {
            this.host_by_name(before, a[0], Lookup::HostInto(a))
        })
    }

    /// `_emscripten_lookup_name(name)`: an IPv4 address in network order.
    pub fn lookup_name(&mut self, ticket: u32, a: [u64; 1]) -> i64 {
        self.enter(ticket, false, |this, before| {
            this.host_by_name(before, a[0], Lookup::Name(a[0]))
        })
    }

    /// `gethostbyaddr(address, length, family)`: a pointer, null if the address has no name.
    pub fn gethostbyaddr(&mut self, ticket: u32, a: [u64; 3]) -> i64 {
        self.enter(ticket, false, |this, _| {
            let mut bytes = [0; 16];
            let (family, length) = match (int(a[2]), a[1] as u32) {
                (af::INET, 4) => (4, 4),
                (af::INET6, 16) => (6, 16),
                _ => return Ok(0),
            };
            if !this.app.read(a[0], &mut bytes[..length]) {
                return Ok(0);
            }
            let endpoint = Endpoint {
                family,
                address: bytes,
                ..Endpoint::NONE
            };
            let Some(name) = this.name_of(endpoint) else {
                return Ok(0);
            };
            Ok(this.write_host(&name, int(a[2]), &[&bytes[..length]]).unwrap_or(0) as i32)
        })
    }

    /// `getnameinfo(address, address_length, host, host_length, service, service_length, flags)`: 0 or `EAI_…`.
    pub fn getnameinfo(&mut self, ticket: u32, a: [u64; 7]) -> i64 {
        self.enter(ticket, false, |this, _| Ok(this.name_info(a).err().unwrap_or(0)))
    }

    fn name_info(
        &mut self,
        [at, length, host, host_length, service, service_length, flags]: [u64; 7],
    ) -> Result<(), i32> {
        let flags = int(flags);
        if flags & !KNOWN_FLAGS != 0 {
            return Err(ai::EAI_BADFLAGS);
        }
        let endpoint = match layout::sockaddr(&mut self.app, at, length) {
            Ok(Sockaddr::Inet(endpoint)) => endpoint,
            Ok(_) | Err(Errno::INVAL | Errno::AFNOSUPPORT) => return Err(ai::EAI_FAMILY),
            Err(_) => return Err(ai::EAI_SYSTEM),
        };
        let (host_length, service_length) = (host_length as u32, service_length as u32);
        let (wants_host, wants_service) = (host != 0 && host_length > 0, service != 0 && service_length > 0);
        if flags & ni::NAMEREQD != 0 && !wants_host && !wants_service {
            return Err(ai::EAI_NONAME);
        }
        if wants_host {
            let name = match flags & ni::NUMERICHOST {
                0 => self.name_of(endpoint),
                _ => None,
            };
            let name = match name {
                Some(name) => name,
                None if flags & ni::NAMEREQD != 0 => return Err(ai::EAI_NONAME),
                None => address::text(endpoint).into_bytes(),
            };
            self.put_text(host, host_length, &name)?;
        }
        if wants_service {
            let name = match flags & ni::NUMERICSERV {
                0 => services::name(endpoint.port, flags & ni::DGRAM == 0),
                _ => None,
            };
            let name = name.map_or_else(|| format!("{}", endpoint.port), Into::into);
            self.put_text(service, service_length, name.as_bytes())?;
        }
        Ok(())
    }

    fn put_text(&mut self, at: u64, room: u32, text: &[u8]) -> Result<(), i32> {
        if text.len() >= room as usize {
            return Err(ai::EAI_OVERFLOW);
        }
        let mut bytes = text.to_vec();
        bytes.push(0);
        layout::put(&mut self.app, at, &bytes).map_err(|_| ai::EAI_SYSTEM)
    }

    /// The name of an address, if anything tells one.
    fn name_of(&self, endpoint: Endpoint) -> Option<Vec<u8>> {
        let is_loopback = endpoint.ipv4() == Some(Ipv4Addr::LOCALHOST)
            || endpoint.ipv6().is_some_and(|address| address.is_loopback());
        if is_loopback {
            return Some(LOCALHOST.to_vec());
        }
        self.names.name_of(endpoint).map(<[u8]>::to_vec)
    }

    fn host_by_name(&mut self, before: Option<Box<Ticket>>, name: u64, by: Lookup) -> Reply {
        let Ok(Some(name)) = layout::string(&mut self.app, name, limit::NAME) else {
            return Ok(self.host_answer(by, &[], Err(Errno::NOENT)));
        };
        let known = match before.as_ref().map(|ticket| &ticket.call) {
            Some(Call::Lookup { query, .. }) => {
                let found = self.answered(*query);
                found.map(|found| found.map(|addresses| self.as_ipv4(&name, addresses)))
            }
            _ if name.is_empty() => Some(Err(Errno::NOENT)),
            _ => numeric::address(&name).map(|address| Ok(vec![address])),
        };
        match known {
            Some(Ok(addresses)) => {
                let found: Vec<_> = addresses.iter().filter_map(Endpoint::ipv4).collect();
                Ok(self.host_answer(by, &name, Ok(&found)))
            }
            Some(Err(errno)) => Ok(self.host_answer(by, &name, Err(errno))),
            None => match self.look_up(before, &name, by) {
                Err(Halt::Fail(errno)) => Ok(self.host_answer(by, &name, Err(errno))),
                wait => wait,
            },
        }
    }

    /// What `gethostbyname` and its kin answer.
    pub(crate) fn host_answer(&mut self, by: Lookup, name: &[u8], found: Result<&[Ipv4Addr], Errno>) -> i32 {
        let addresses = found.unwrap_or_default();
        match by {
            Lookup::Host(_) if addresses.is_empty() => 0,
            Lookup::Host(_) => {
                let octets: Vec<_> = addresses.iter().map(Ipv4Addr::octets).collect();
                let octets: Vec<_> = octets.iter().map(<[u8; 4]>::as_slice).collect();
                self.write_host(name, af::INET, &octets).unwrap_or(0) as i32
            }
            Lookup::HostInto(a) => self.host_into(a, name, found).unwrap_or_else(Errno::number),
            // It has no way to say that there is none, and 0.0.0.0 would be this machine: a placeholder fails where it is
            // used.
            Lookup::AddressInfo(_) | Lookup::Name(_) => {
                let first = addresses.first().copied();
                let found = first.or_else(|| self.names.stand_in(name).map(|(_, address)| address));
                found.map_or(0, |address| i32::from_le_bytes(address.octets()))
            }
        }
    }

    /// The answer of `gethostbyname_r`: 0 or a positive errno.
    fn host_into(
        &mut self,
        [_, host, buffer, length, result, error]: [u64; 6],
        name: &[u8],
        found: Result<&[Ipv4Addr], Errno>,
    ) -> Result<i32, Errno> {
        layout::put_word(&mut self.app, result, 0)?;
        let refusal = match found {
            Ok(addresses) if !addresses.is_empty() => {
                let octets: Vec<_> = addresses.iter().map(Ipv4Addr::octets).collect();
                let octets: Vec<_> = octets.iter().map(<[u8; 4]>::as_slice).collect();
                let word = self.app.abi().word();
                let at = buffer.wrapping_add(word as u64 - 1) & !(word as u64 - 1);
                let entry = HostEntry::lay_out(word, at, name, af::INET, &octets);
                // size_t, and what the alignment has taken from it.
                let room = (length as usize).saturating_sub(at.wrapping_sub(buffer) as usize);
                if entry.tail.len() > room {
                    layout::put_int(&mut self.app, error, host_error::NETDB_INTERNAL)?;
                    return Err(Errno::RANGE);
                }
                layout::put(&mut self.app, at, &entry.tail)?;
                layout::put(&mut self.app, host, &entry.head)?;
                layout::put_word(&mut self.app, result, host)?;
                0
            }
            Ok(_) => host_error::NO_DATA,
            Err(Errno::NOENT) => host_error::HOST_NOT_FOUND,
            Err(Errno::AGAIN | Errno::TIMEDOUT | Errno::NOBUFS) => host_error::TRY_AGAIN,
            Err(_) => host_error::NO_RECOVERY,
        };
        layout::put_int(&mut self.app, error, refusal)?;
        Ok(0)
    }

    /// Writes a `hostent` into the block that all calls share, as C allows; answers where.
    fn write_host(&mut self, name: &[u8], family: i32, addresses: &[&[u8]]) -> Option<u64> {
        let word = self.app.abi().word();
        let block = match self.host_block {
            Some(block) => block,
            None => {
                let size = HostEntry::HEAD_MOST + HostEntry::tail_size(word, limit::NAME, limit::ADDRESSES, 16);
                let block = self.app.malloc(size as u64);
                if block == 0 {
                    return None;
                }
                *self.host_block.insert(block)
            }
        };
        let at = block + HostEntry::HEAD_MOST as u64;
        let entry = HostEntry::lay_out(word, at, name, family, addresses);
        (self.app.write(at, &entry.tail) && self.app.write(block, &entry.head)).then_some(block)
    }
}

/// A `hostent` and what its pointers point to.
struct HostEntry {
    /// The structure.
    head: Vec<u8>,
    /// The empty list of aliases, the list of addresses, the addresses, the name.
    tail: Vec<u8>,
}

impl HostEntry {
    /// Size of the structure with 64-bit pointers, and no less than with 32-bit ones.
    const HEAD_MOST: usize = 32;

    fn tail_size(word: usize, name: usize, addresses: usize, width: usize) -> usize {
        (2 + addresses) * word + addresses * width + name + 1
    }

    /// `at` is where the tail will lie.
    fn lay_out(word: usize, at: u64, name: &[u8], family: i32, addresses: &[&[u8]]) -> HostEntry {
        let width = addresses.first().map_or(0, |address| address.len());
        let pointer = |offset: usize| at.wrapping_add(offset as u64).to_le_bytes()[..word].to_vec();
        let addresses_at = (2 + addresses.len()) * word;
        let name_at = addresses_at + addresses.len() * width;
        let mut tail = Vec::with_capacity(Self::tail_size(word, name.len(), addresses.len(), width));
        tail.resize(word, 0);
        for place in 0..addresses.len() {
            tail.extend(pointer(addresses_at + place * width));
        }
        tail.resize(addresses_at, 0);
        tail.extend(addresses.iter().copied().flatten());
        tail.extend(name);
        tail.push(0);
        let mut head = pointer(name_at);
        head.extend(pointer(0));
        head.extend(family.to_le_bytes());
        head.extend((width as i32).to_le_bytes());
        head.extend(pointer(word));
        HostEntry { head, tail }
    }
}
