//! Addresses: between the program's `sockaddr` and the [`Endpoint`]s that travel to and from the host.
//!
//! An IPv4 peer of an IPv6 socket is a mapped address (`::ffff:a.b.c.d`) to the program and plain IPv4 to the
//! host, which has no dual-stack sockets to speak of for outgoing connections.

use alloc::format;
use alloc::string::String;
use core::net::{Ipv4Addr, Ipv6Addr};

use crate::constants::af;
use crate::errno::Errno;
use crate::interface::Endpoint;
use crate::local::LocalName;

/// Size of `sockaddr_in`.
pub const SOCKADDR_IN: usize = 16;
/// Size of `sockaddr_in6`.
pub const SOCKADDR_IN6: usize = 28;
/// The least of a `sockaddr_in6` that names an address (RFC 2133's, without a scope).
const SOCKADDR_IN6_LEAST: usize = 24;
/// Size of `sockaddr_un`.
pub const SOCKADDR_UN: usize = 110;
/// Size of `sockaddr_storage`, the most that a call may pass.
pub const SOCKADDR_STORAGE: usize = 128;

/// The family of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// `AF_UNIX`.
    Unix,
    /// `AF_INET`.
    Inet,
    /// `AF_INET6`.
    Inet6,
}

impl Domain {
    /// Its number.
    pub fn number(self) -> i32 {
        match self {
            Domain::Unix => af::UNIX,
            Domain::Inet => af::INET,
            Domain::Inet6 => af::INET6,
        }
    }

    /// Its wildcard address with port 0.
    pub fn any(self) -> Endpoint {
        match self {
            Domain::Unix => Endpoint::NONE,
            Domain::Inet => Endpoint::v4(Ipv4Addr::UNSPECIFIED, 0),
            Domain::Inet6 => Endpoint::v6(Ipv6Addr::UNSPECIFIED, 0, 0),
        }
    }
}

impl Endpoint {
    /// No endpoint.
    pub const NONE: Endpoint = Endpoint {
        family: 0,
        port: 0,
        scope: 0,
        address: [0; 16],
    };

    /// An IPv4 endpoint.
    pub fn v4(address: Ipv4Addr, port: u16) -> Endpoint {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&address.octets());
        Endpoint {
            family: 4,
            port,
            scope: 0,
            address: bytes,
        }
    }

    /// An IPv6 endpoint.
    pub fn v6(address: Ipv6Addr, port: u16, scope: u32) -> Endpoint {
        Endpoint {
            family: 6,
            port,
            scope,
            address: address.octets(),
        }
    }

    /// Whether there is one.
    pub fn is_some(&self) -> bool {
        self.family != 0
    }

    /// Its address, if it is an IPv4 one.
    pub fn ipv4(&self) -> Option<Ipv4Addr> {
        let [a, b, c, d, ..] = self.address;
        (self.family == 4).then(|| Ipv4Addr::new(a, b, c, d))
    }

    /// Its address, if it is an IPv6 one.
    pub fn ipv6(&self) -> Option<Ipv6Addr> {
        (self.family == 6).then(|| Ipv6Addr::from(self.address))
    }

    /// The same address with another port.
    pub fn with_port(self, port: u16) -> Endpoint {
        Endpoint { port, ..self }
    }

    /// The same address with another scope.
    pub fn with_scope(self, scope: u32) -> Endpoint {
        Endpoint { scope, ..self }
    }

    /// Whether one socket cannot be bound to each: the same port, and addresses of one family that are the same or all.
    pub fn overlaps(self, other: Endpoint) -> bool {
        let all = |endpoint: Endpoint| endpoint.address == [0; 16];
        self.port == other.port
            && self.family == other.family
            && (self.address == other.address || all(self) || all(other))
    }

    /// IPv4, if it is a mapped address.
    pub fn unmapped(self) -> Endpoint {
        match self.ipv6().and_then(|address| address.to_ipv4_mapped()) {
            Some(address) => Endpoint::v4(address, self.port),
            None => self,
        }
    }

    /// A mapped address, if it is IPv4.
    pub fn mapped(self) -> Endpoint {
        match self.ipv4() {
            Some(address) => Endpoint::v6(address.to_ipv6_mapped(), self.port, 0),
            None => self,
        }
    }

    /// Whether it is `0.0.0.0` or `::`.
    pub fn is_unspecified(&self) -> bool {
        self.is_some() && self.address == [0; 16]
    }

    /// Whether it is this machine's own: `127.0.0.0/8` or `::1`.
    pub fn is_loopback(&self) -> bool {
        match (self.unmapped().ipv4(), self.ipv6()) {
            (Some(address), _) => address.is_loopback(),
            (None, Some(address)) => address.is_loopback(),
            (None, None) => false,
        }
    }

    /// What connecting to a wildcard address means: this machine.
    pub fn or_loopback(self) -> Endpoint {
        match (self.is_unspecified(), self.family) {
            (true, 4) => Endpoint::v4(Ipv4Addr::LOCALHOST, self.port),
            (true, _) => Endpoint::v6(Ipv6Addr::LOCALHOST, self.port, 0),
            (false, _) => self,
        }
    }

    /// As it lies in the runtime's memory.
    pub fn to_bytes(self) -> [u8; Endpoint::SIZE as usize] {
        let mut bytes = [0; Endpoint::SIZE as usize];
        bytes[0..2].copy_from_slice(&self.family.to_le_bytes());
        bytes[2..4].copy_from_slice(&self.port.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.scope.to_le_bytes());
        bytes[8..24].copy_from_slice(&self.address);
        bytes
    }

    /// From there. What has no known family, and what is left over of a shorter address, is not looked at.
    pub fn from_bytes(bytes: &[u8; Endpoint::SIZE as usize]) -> Endpoint {
        let [f0, f1, p0, p1, s0, s1, s2, s3, address @ ..] = *bytes;
        let port = u16::from_le_bytes([p0, p1]);
        match u16::from_le_bytes([f0, f1]) {
            4 => Endpoint::v4(Ipv4Addr::new(address[0], address[1], address[2], address[3]), port),
            6 => Endpoint::v6(Ipv6Addr::from(address), port, u32::from_le_bytes([s0, s1, s2, s3])),
            _ => Endpoint::NONE,
        }
    }
}

/// What a program is told of a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketName {
    /// Nothing: an address of no bytes.
    Nothing,
    /// An Internet address.
    Inet(Endpoint),
    /// An AF_UNIX socket without a name: just the family.
    Unnamed,
    /// The name of an AF_UNIX socket.
    Local(LocalName),
}

impl From<Endpoint> for SocketName {
    fn from(endpoint: Endpoint) -> SocketName {
        if endpoint.is_some() {
            SocketName::Inet(endpoint)
        } else {
            SocketName::Nothing
        }
    }
}

/// What a `sockaddr` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sockaddr {
    /// `AF_UNSPEC`.
    Unspecified,
    /// An address, as written: mapped ones still mapped.
    Inet(Endpoint),
}

/// The shortest address that a socket of this family looks at at all, whatever the address's own family.
pub fn least_length(domain: Domain) -> u64 {
    match domain {
        Domain::Inet => SOCKADDR_IN as u64,
        Domain::Inet6 => SOCKADDR_IN6_LEAST as u64,
        // Its family alone.
        Domain::Unix => 2,
    }
}

/// Reads a `sockaddr` of a socket of `domain`. `EINVAL` if it is too short, `EAFNOSUPPORT` if it is of another family.
pub fn parse(bytes: &[u8]) -> Result<Sockaddr, Errno> {
    let [f0, f1, rest @ ..] = bytes else {
        return Err(Errno::INVAL);
    };
    match i32::from(u16::from_le_bytes([*f0, *f1])) {
        af::UNSPEC => Ok(Sockaddr::Unspecified),
        af::INET => {
            let [p0, p1, a, b, c, d, ..] = *rest else {
                return Err(Errno::INVAL);
            };
            if bytes.len() < SOCKADDR_IN {
                return Err(Errno::INVAL);
            }
            Ok(Sockaddr::Inet(Endpoint::v4(
                Ipv4Addr::new(a, b, c, d),
                u16::from_be_bytes([p0, p1]),
            )))
        }
        af::INET6 => {
            if bytes.len() < SOCKADDR_IN6_LEAST {
                return Err(Errno::INVAL);
            }
            let mut address = [0; 16];
            address.copy_from_slice(&bytes[8..24]);
            let scope = match bytes.get(24..28) {
                Some(&[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
                _ => 0,
            };
            let port = u16::from_be_bytes([bytes[2], bytes[3]]);
            Ok(Sockaddr::Inet(Endpoint::v6(Ipv6Addr::from(address), port, scope)))
        }
        _ => Err(Errno::AFNOSUPPORT),
    }
}

/// A `sockaddr` as it is written, and its length.
pub fn encode(endpoint: Endpoint) -> ([u8; SOCKADDR_IN6], usize) {
    let mut bytes = [0; SOCKADDR_IN6];
    bytes[2..4].copy_from_slice(&endpoint.port.to_be_bytes());
    if endpoint.family == 6 {
        bytes[..2].copy_from_slice(&(af::INET6 as u16).to_le_bytes());
        bytes[8..24].copy_from_slice(&endpoint.address);
        bytes[24..28].copy_from_slice(&endpoint.scope.to_le_bytes());
        (bytes, SOCKADDR_IN6)
    } else {
        bytes[..2].copy_from_slice(&(af::INET as u16).to_le_bytes());
        bytes[4..8].copy_from_slice(&endpoint.address[..4]);
        (bytes, SOCKADDR_IN)
    }
}

/// An address as `inet_ntop` writes it, with its scope, if it has one, as a number.
pub fn text(endpoint: Endpoint) -> String {
    match (endpoint.ipv4(), endpoint.ipv6()) {
        (Some(address), _) => format!("{address}"),
        (None, Some(address)) if endpoint.scope == 0 => format!("{address}"),
        (None, Some(address)) => format!("{address}%{}", endpoint.scope),
        (None, None) => String::new(),
    }
}

/// An endpoint as a program with a socket of `domain` sees it; none is the wildcard, and so is an IPv6 address to an IPv4 socket,
/// which has one where a placeholder stands for its peer.
pub fn shown(domain: Domain, endpoint: Endpoint) -> Endpoint {
    match domain {
        _ if !endpoint.is_some() => domain.any(),
        Domain::Unix => Endpoint::NONE,
        Domain::Inet => match endpoint.unmapped() {
            endpoint if endpoint.family == 6 => Endpoint::v4(Ipv4Addr::UNSPECIFIED, endpoint.port),
            endpoint => endpoint,
        },
        Domain::Inet6 => endpoint.mapped(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockaddrs_come_back_as_written() {
        for endpoint in [
            Endpoint::v4(Ipv4Addr::new(192, 0, 2, 7), 8080),
            Endpoint::v6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1), 443, 3),
        ] {
            let (bytes, length) = encode(endpoint);
            assert_eq!(parse(&bytes[..length]), Ok(Sockaddr::Inet(endpoint)));
            assert_eq!(parse(&bytes[..length - 5]), Err(Errno::INVAL));
            assert_eq!(Endpoint::from_bytes(&endpoint.to_bytes()), endpoint);
        }
        assert_eq!(parse(&[0; 16]), Ok(Sockaddr::Unspecified));
        assert_eq!(parse(&[1, 0, 0]), Err(Errno::AFNOSUPPORT));
        assert_eq!(parse(&[2]), Err(Errno::INVAL));
    }

    #[test]
    fn mapped_addresses_are_ipv4_inside() {
        let v4 = Endpoint::v4(Ipv4Addr::new(127, 0, 0, 1), 80);
        assert_eq!(alloc::format!("{}", v4.mapped().ipv6().unwrap()), "::ffff:127.0.0.1");
        assert_eq!(v4.mapped().unmapped(), v4);
        assert_eq!(shown(Domain::Inet6, v4), v4.mapped());
        assert_eq!(shown(Domain::Inet6, Endpoint::NONE), Domain::Inet6.any());
    }
}
