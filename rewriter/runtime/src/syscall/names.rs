//! `getaddrinfo`, and how any call asks the host for a name. Numbers are read here. What is answered lies in memory of
//! the program's own `malloc`, so that its own `freeaddrinfo` frees it.
//!
//! Where glibc and musl differ, this is glibc, which is what Linux programs are tested with: without a type, `SOCK_RAW` is listed
//! after `SOCK_STREAM` and `SOCK_DGRAM`; a type and a protocol that do not fit are `EAI_SOCKTYPE`; a number of another family
//! is `EAI_ADDRFAMILY`. But IPv4 comes first, as with musl, because programs made for Emscripten take the first address.
//! `AI_ADDRCONFIG` changes nothing: no platform tells which families it has addresses of.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::net::{Ipv4Addr, Ipv6Addr};

use crate::address;
use crate::constants::{af, ai, ipproto, limit, sock};
use crate::errno::Errno;
use crate::interface::Endpoint;
use crate::layout;
use crate::names::Query;
use crate::numeric;
use crate::platform::{App, Host, Request};
use crate::runtime::{Halt, Reply, Runtime};
use crate::services;
use crate::ticket::{Call, Lookup, Ticket};

/// Flags that `getaddrinfo` takes.
const KNOWN_FLAGS: i32 =
    ai::PASSIVE | ai::CANONNAME | ai::NUMERICHOST | ai::V4MAPPED | ai::ALL | ai::ADDRCONFIG | ai::NUMERICSERV;

/// What `getaddrinfo` is asked for.
struct Wanted {
    flags: i32,
    family: i32,
    /// Types of sockets, their protocols, and the port of the service for each.
    kinds: Vec<(i32, i32, u16)>,
    host: Option<Vec<u8>>,
}

/// An error of `getaddrinfo`: `EAI_…`.
type Refusal = i32;

impl<H: Host, A: App> Runtime<H, A> {
    /// `getaddrinfo(node, service, hints, result)`
    pub fn getaddrinfo(&mut self, ticket: u32, a: [u64; 4]) -> i64 {
        self.enter(ticket, false, |this, before| {
            let wanted = match this.wanted(a) {
                Ok(wanted) => wanted,
                Err(refusal) => return Ok(refusal),
            };
            let known = match before.as_ref().map(|ticket| &ticket.call) {
                Some(Call::Lookup { query, .. }) => {
                    let (query, name) = (*query, wanted.host.as_deref().unwrap_or_default());
                    this.answered(query).map(|found| match wanted.family {
                        af::INET => found.map(|addresses| this.as_ipv4(name, addresses)),
                        _ => found,
                    })
                }
                _ => known_addresses(&wanted).map(|found| found.ok_or(Errno::NOENT)),
            };
            match known {
                Some(Ok(addresses)) => Ok(this.write_list(&wanted, &addresses, a[3])),
                Some(Err(errno)) => Ok(refusal_of(errno)),
                None if wanted.flags & ai::NUMERICHOST != 0 => Ok(ai::EAI_NONAME),
                None => this
                    .look_up(
                        before,
                        wanted.host.as_deref().unwrap_or_default(),
                        Lookup::AddressInfo(a),
                    )
                    .or_else(|halt| match halt {
                        Halt::Fail(errno) => Ok(refusal_of(errno)),
                        halt => Err(halt),
                    }),
            }
        })
    }

    /// Has the host resolve a name; answers the number of the query.
    pub(crate) fn ask(&mut self, name: &[u8]) -> Result<u32, Errno> {
        self.permit_lookup(name)?;
        let query = self.names.queries.insert(Query {
            name: if self.is_limited() { name.to_vec() } else { Vec::new() },
            ..Query::default()
        })?;
        match self.host.command(query, Request::Resolve(name)) {
            Ok(()) => Ok(query),
            Err(errno) => {
                self.names.queries.remove(query);
                Err(errno)
            }
        }
    }

    /// Waits for a name, asking for it first if that has not been done. Fails only before anything has been asked.
    pub(crate) fn look_up(&mut self, before: Option<Box<Ticket>>, name: &[u8], by: Lookup) -> Reply {
        let query = match before.as_ref().map(|ticket| &ticket.call) {
            Some(Call::Lookup { query, .. }) => *query,
            _ => {
                // Whether there is a ticket to be had is asked here: answers of these calls are no errno numbers.
                let ticket = self.tickets.insert(None)?;
                self.tickets.remove(ticket);
                self.ask(name)?
            }
        };
        let next = Ticket::of(Call::Lookup { query, by }, Vec::new()).for_query(query);
        Err(self.block(before.as_deref(), false, None, next))
    }

    /// The outcome of a query, once it has one; it is not needed any more then.
    pub(crate) fn answered(&mut self, query: u32) -> Option<Result<Vec<Endpoint>, Errno>> {
        let outcome = self.names.queries.get(query)?.outcome?;
        let query = self.names.queries.remove(query)?;
        Some(match outcome {
            Ok(()) if query.addresses.is_empty() => Err(Errno::NOENT),
            Ok(()) => {
                // IPv4 first: what Emscripten always gave to programs that take the first one.
                let (mut first, rest): (Vec<_>, Vec<_>) =
                    query.addresses.into_iter().partition(|address| address.family == 4);
                first.extend(rest);
                Ok(first)
            }
            Err(errno) => Err(errno),
        })
    }

    /// What a program is told that asks for IPv4 addresses: where a name has IPv6 ones alone, a placeholder for the first of them.
    pub(crate) fn as_ipv4(&mut self, name: &[u8], mut addresses: Vec<Endpoint>) -> Vec<Endpoint> {
        if let Some(&first) = addresses.first()
            && addresses.iter().all(|address| address.unmapped().family != 4)
        {
            let stand_in = self.names.stand_in_for(name, first.with_port(0));
            addresses.extend(stand_in.map(|address| Endpoint::v4(address, 0)));
        }
        addresses
    }

    /// A lookup that cannot wait: answers a placeholder, which the query goes on to fill with its address.
    pub(crate) fn answer_by_placeholder(&mut self, query: u32, by: Lookup) -> Reply {
        let name_at = match by {
            Lookup::AddressInfo([node, ..]) => node,
            Lookup::Host(name) | Lookup::HostInto([name, ..]) | Lookup::Name(name) => name,
        };
        let Ok(Some(name)) = layout::string(&mut self.app, name_at, limit::NAME) else {
            return Ok(ai::EAI_NONAME);
        };
        // This one name is known everywhere.
        let address = if name.eq_ignore_ascii_case(b"localhost") {
            self.names.queries.remove(query);
            Some(Ipv4Addr::LOCALHOST)
        } else {
            self.names.stand_in(&name).map(|(place, address)| {
                self.names.listen(place, query);
                address
            })
        };
        let Lookup::AddressInfo(a) = by else {
            let found: Vec<_> = address.into_iter().collect();
            let outcome = if found.is_empty() { Err(Errno::AGAIN) } else { Ok(()) };
            return Ok(self.host_answer(by, &name, outcome.map(|()| found.as_slice())));
        };
        let Some(address) = address else {
            return Ok(ai::EAI_AGAIN);
        };
        match self.wanted(a) {
            Ok(wanted) => {
                let endpoint = Endpoint::v4(address, 0);
                let endpoint = if wanted.family == af::INET6 {
                    endpoint.mapped()
                } else {
                    endpoint
                };
                Ok(self.write_list(&wanted, &[endpoint], a[3]))
            }
            Err(refusal) => Ok(refusal),
        }
    }

    /// Reads and checks the arguments of `getaddrinfo`.
    fn wanted(&mut self, [node, service, hints, _]: [u64; 4]) -> Result<Wanted, Refusal> {
        let hints = self.hints(hints).map_err(|_| ai::EAI_SYSTEM)?;
        let [flags, family, kind, protocol] = hints;
        if node == 0 && service == 0 {
            return Err(ai::EAI_NONAME);
        }
        if flags & !KNOWN_FLAGS != 0 || (flags & ai::CANONNAME != 0 && node == 0) {
            return Err(ai::EAI_BADFLAGS);
        }
        if !matches!(family, af::UNSPEC | af::INET | af::INET6) {
            return Err(ai::EAI_FAMILY);
        }
        let service = self.text(service)?;
        let host = self.text(node)?;
        Ok(Wanted {
            flags,
            family,
            kinds: kinds(kind, protocol, service.as_deref(), flags)?,
            host,
        })
    }

    fn hints(&mut self, at: u64) -> Result<[i32; 4], Errno> {
        let mut fields = [0; 4];
        if at != 0 {
            for (place, field) in fields.iter_mut().enumerate() {
                *field = layout::int(&mut self.app, at.wrapping_add(4 * place as u64))?;
            }
        }
        Ok(fields)
    }

    fn text(&mut self, at: u64) -> Result<Option<Vec<u8>>, Refusal> {
        if at == 0 {
            return Ok(None);
        }
        match layout::string(&mut self.app, at, limit::NAME) {
            Ok(Some(text)) => Ok(Some(text)),
            Ok(None) => Err(ai::EAI_NONAME),
            Err(_) => Err(ai::EAI_SYSTEM),
        }
    }

    /// Writes the list of `getaddrinfo` and answers 0, or an error. All nodes lie in the block of the first one, and all
    /// addresses but the first too: Emscripten's `freeaddrinfo` frees the first node and the first address alone.
    fn write_list(&mut self, wanted: &Wanted, addresses: &[Endpoint], result: u64) -> i32 {
        let mut entries = Vec::new();
        for endpoint in addresses
            .iter()
            .filter_map(|&endpoint| admitted(wanted, addresses, endpoint))
        {
            entries.extend(
                wanted
                    .kinds
                    .iter()
                    .map(|&(kind, protocol, port)| (endpoint.with_port(port), kind, protocol)),
            );
        }
        if entries.is_empty() {
            let is_number = wanted
                .host
                .as_deref()
                .is_some_and(|host| numeric::address(host).is_some());
            return if is_number { ai::EAI_ADDRFAMILY } else { ai::EAI_NODATA };
        }
        let word = self.app.abi().word();
        // Six ints in wasm32 but for the pointers; with 64-bit pointers, these are aligned: 4 ints, the length, padding.
        let (address_at, size) = if word == 8 { (24, 48) } else { (20, 32) };
        let name: &[u8] = match &wanted.host {
            Some(host) if wanted.flags & ai::CANONNAME != 0 => host,
            _ => &[],
        };
        let addresses_at = size * entries.len();
        let name_at = addresses_at + address::SOCKADDR_IN6 * (entries.len() - 1);
        let mut bytes = vec![0; name_at + name.len() + 1];
        let block = self.app.malloc(bytes.len() as u64);
        let first = self.app.malloc(address::SOCKADDR_IN6 as u64);
        if block == 0 || first == 0 {
            return ai::EAI_MEMORY;
        }
        bytes[name_at..name_at + name.len()].copy_from_slice(name);
        let mut first_bytes = [0; address::SOCKADDR_IN6];
        for (place, &(endpoint, kind, protocol)) in entries.iter().enumerate() {
            let (sockaddr, length) = address::encode(endpoint);
            let at = match place {
                0 => {
                    first_bytes = sockaddr;
                    first
                }
                _ => {
                    let at = addresses_at + address::SOCKADDR_IN6 * (place - 1);
                    bytes[at..at + sockaddr.len()].copy_from_slice(&sockaddr);
                    block + at as u64
                }
            };
            let node = &mut bytes[size * place..size * (place + 1)];
            let ints = [
                wanted.flags,
                i32::from_le_bytes([sockaddr[0], sockaddr[1], 0, 0]),
                kind,
                protocol,
                length as i32,
            ];
            for (place, value) in ints.iter().enumerate() {
                node[4 * place..4 * place + 4].copy_from_slice(&value.to_le_bytes());
            }
            let last = place + 1 == entries.len();
            let pointers = [
                at,
                if place == 0 && !name.is_empty() {
                    block + name_at as u64
                } else {
                    0
                },
                if last { 0 } else { block + (size * (place + 1)) as u64 },
            ];
            for (place, pointer) in pointers.iter().enumerate() {
                let at = address_at + word * place;
                node[at..at + word].copy_from_slice(&pointer.to_le_bytes()[..word]);
            }
        }
        let written = self.app.write(block, &bytes)
            && self.app.write(first, &first_bytes)
            && layout::put_word(&mut self.app, result, block).is_ok();
        if written { 0 } else { ai::EAI_SYSTEM }
    }
}

/// What can be answered without asking anybody: no name at all, or one that is a number. `None`: the host has to be
/// asked; `Some(None)`: there is nothing.
fn known_addresses(wanted: &Wanted) -> Option<Option<Vec<Endpoint>>> {
    let passive = wanted.flags & ai::PASSIVE != 0;
    match &wanted.host {
        None if passive => Some(Some(vec![
            Endpoint::v4(Ipv4Addr::UNSPECIFIED, 0),
            Endpoint::v6(Ipv6Addr::UNSPECIFIED, 0, 0),
        ])),
        None => Some(Some(vec![
            Endpoint::v4(Ipv4Addr::LOCALHOST, 0),
            Endpoint::v6(Ipv6Addr::LOCALHOST, 0, 0),
        ])),
        Some(host) if host.is_empty() => Some(None),
        Some(host) => numeric::address(host).map(|address| Some(vec![address])),
    }
}

/// An address as `getaddrinfo` lists it, if the hints want it.
fn admitted(wanted: &Wanted, all: &[Endpoint], endpoint: Endpoint) -> Option<Endpoint> {
    let has_v6 = all.iter().any(|endpoint| endpoint.family == 6);
    match (wanted.family, endpoint.family) {
        (af::UNSPEC, _) | (af::INET, 4) | (af::INET6, 6) => Some(endpoint),
        (af::INET6, 4) if wanted.host.is_some() && wanted.flags & ai::V4MAPPED != 0 => {
            (!has_v6 || wanted.flags & ai::ALL != 0).then(|| endpoint.mapped())
        }
        // Somebody has written `::ffff:a.b.c.d`.
        (af::INET, 6) if endpoint.unmapped().family == 4 => Some(endpoint.unmapped()),
        _ => None,
    }
}

/// The types of sockets that are listed when any will do, each with its protocol.
const KINDS: [(i32, i32); 3] = [
    (sock::STREAM, ipproto::TCP),
    (sock::DGRAM, ipproto::UDP),
    (sock::RAW, ipproto::IP),
];

/// Which types of sockets are listed, and the port of the service for each.
fn kinds(kind: i32, protocol: i32, service: Option<&[u8]>, flags: i32) -> Result<Vec<(i32, i32, u16)>, Refusal> {
    // A raw socket has any protocol, and no services: nobody gets one who asks for a service, but beside the others.
    let suits = |&(other, transport): &(i32, i32)| match other {
        sock::RAW if kind == sock::RAW => true,
        sock::RAW => kind == 0 && protocol == 0,
        _ => (kind == 0 || kind == other) && (protocol == 0 || protocol == transport),
    };
    let candidates: Vec<_> = KINDS
        .into_iter()
        .filter(suits)
        .map(|(kind, transport)| (kind, if kind == sock::RAW { protocol } else { transport }))
        .collect();
    if candidates.is_empty() {
        return Err(if kind == 0 { ai::EAI_SERVICE } else { ai::EAI_SOCKTYPE });
    }
    let with_port = |port| {
        candidates
            .iter()
            .map(|&(kind, protocol)| (kind, protocol, port))
            .collect()
    };
    let Some(service) = service else {
        return Ok(with_port(0));
    };
    let named: Vec<_> = match numeric::service(service) {
        _ if kind == sock::RAW => Vec::new(),
        Some(port) => with_port(port),
        None if flags & ai::NUMERICSERV != 0 => return Err(ai::EAI_NONAME),
        None => candidates
            .iter()
            .filter(|&&(kind, _)| kind != sock::RAW)
            .filter_map(|&(kind, protocol)| Some((kind, protocol, services::port(service, kind == sock::STREAM)?)))
            .collect(),
    };
    if named.is_empty() {
        Err(ai::EAI_SERVICE)
    } else {
        Ok(named)
    }
}

/// What `getaddrinfo` answers for an errno of the host's.
fn refusal_of(errno: Errno) -> Refusal {
    match errno {
        Errno::NOENT => ai::EAI_NONAME,
        Errno::AGAIN | Errno::TIMEDOUT | Errno::NOBUFS => ai::EAI_AGAIN,
        Errno::NOMEM => ai::EAI_MEMORY,
        _ => ai::EAI_FAIL,
    }
}
