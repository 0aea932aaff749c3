//! One rule of `DIRECT_SOCKETS_ALLOW`:
//!
//! ```text
//! rule    = ( "connect" | "udp" ) ":" host ":" ports       TCP to, datagrams to
//!         | ( "listen" | "udp-listen" ) ":" place ":" ports
//!         | "resolve" ":" ( "*" | name )
//! host    = "*" | name | range
//! place   = "*" | range
//! name    = HOSTNAME | "*." HOSTNAME                        the second: all below it, not it itself
//! range   = IPv4 [ "/" BITS ] | "[" IPv6 [ "/" BITS ] "]"
//! ports   = "*" | PORT | PORT "-" PORT
//! ```

use alloc::string::String;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::pieces::{Flaw, Piece};
use super::{MOST_RULE_BYTES, Reason, Transport};
use crate::interface::Endpoint;

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The program may send to these, over this transport.
    Reach(Transport, Hosts, Ports),
    /// It may listen (TCP), or be bound to receive (UDP), at these addresses; `None`: at any.
    Listen(Transport, Option<Range>, Ports),
    /// It may look up these names; `None`: any.
    Resolve(Option<NamePattern>),
}

/// Peers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// All names and addresses.
    All,
    /// By their names.
    Named(NamePattern),
    /// By their addresses.
    At(Range),
}

/// Names, in lower case and without a dot at their end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamePattern {
    /// This one.
    Exact(String),
    /// All that end in a dot and this one.
    Below(String),
}

/// Addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// IPv4.
    V4(Ipv4Addr, u8),
    /// IPv6.
    V6(Ipv6Addr, u8),
}

/// Ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// The lowest.
    pub first: u16,
    /// The highest.
    pub last: u16,
}

impl Rule {
    pub(super) fn parse(text: &str) -> Result<Rule, Flaw> {
        let item = Piece::whole(text);
        if text.len() > MOST_RULE_BYTES {
            return Err(item.flaw(Reason::TooLong));
        }
        let (verb, rest) = item.split(':').ok_or(item.flaw(Reason::Verb))?;
        let reach = |transport| {
            let (host, ports) = host_and_ports(rest)?;
            Ok(Rule::Reach(transport, Hosts::parse(host)?, Ports::parse(ports)?))
        };
        let listen = |transport| {
            let (host, ports) = host_and_ports(rest)?;
            Ok(Rule::Listen(transport, place(host)?, Ports::parse(ports)?))
        };
        match verb.text {
            "connect" => reach(Transport::Tcp),
            "udp" => reach(Transport::Udp),
            "listen" => listen(Transport::Tcp),
            "udp-listen" => listen(Transport::Udp),
            "resolve" => match rest.split(':') {
                Some((_, ports)) => Err(ports.flaw(Reason::NoPorts)),
                None if rest.text == "*" => Ok(Rule::Resolve(None)),
                None => Ok(Rule::Resolve(Some(NamePattern::parse(rest)?))),
            },
            _ => Err(verb.flaw(Reason::Verb)),
        }
    }
}

/// The ports are what follows the last colon that is not inside the brackets.
fn host_and_ports(text: Piece<'_>) -> Result<(Piece<'_>, Piece<'_>), Flaw> {
    if !text.text.starts_with('[') {
        // A second colon is one of an IPv6 address that lacks its brackets, or too much: both hosts are none then.
        return text.split_last(':').ok_or(
            Piece {
                at: text.at + text.text.len(),
                ..text
            }
            .flaw(Reason::MissingPorts),
        );
    }
    let (inside, after) = text.split(']').ok_or(text.flaw(Reason::Bracket))?;
    match after.split(':') {
        Some((nothing, ports)) if nothing.text.is_empty() => Ok((
            Piece {
                text: &text.text[..=inside.text.len()],
                ..text
            },
            ports,
        )),
        _ => Err(after.flaw(Reason::MissingPorts)),
    }
}

/// Where a socket listens.
fn place(host: Piece<'_>) -> Result<Option<Range>, Flaw> {
    match Hosts::parse(host)? {
        // A socket at `::` hears IPv4 too.
        Hosts::All | Hosts::At(Range::V6(Ipv6Addr::UNSPECIFIED, 0 | 128)) => Ok(None),
        // At 0.0.0.0 it hears at every IPv4 address, so it may as well listen at one.
        Hosts::At(Range::V4(Ipv4Addr::UNSPECIFIED, 32)) => Ok(Some(Range::V4(Ipv4Addr::UNSPECIFIED, 0))),
        Hosts::At(range) => Ok(Some(range)),
        Hosts::Named(_) => Err(host.flaw(Reason::Address)),
    }
}

impl Hosts {
    fn parse(host: Piece<'_>) -> Result<Hosts, Flaw> {
        if host.text == "*" {
            return Ok(Hosts::All);
        }
        if let Some(inside) = host.text.strip_prefix('[') {
            let inside = inside.strip_suffix(']').ok_or(host.flaw(Reason::Bracket))?;
            let inside = Piece {
                text: inside,
                at: host.at + 1,
            };
            return Ok(Hosts::At(Range::parse(
                inside,
                |text| text.parse().ok().map(IpAddr::V6),
                Reason::Bracket,
            )?));
        }
        let first = host.split('/').map_or(host, |(first, _)| first);
        if first.text.parse::<Ipv4Addr>().is_ok() || first.text.len() < host.text.len() {
            return Ok(Hosts::At(Range::parse(
                host,
                |text| text.parse().ok().map(IpAddr::V4),
                Reason::Host,
            )?));
        }
        Ok(Hosts::Named(NamePattern::parse(host)?))
    }

    /// Whether an address is one of these by itself, without a name. `localhost` is this machine wherever its name is not asked
    /// for (RFC 6761).
    pub fn at(&self, endpoint: Endpoint) -> bool {
        match self {
            Hosts::All => true,
            Hosts::Named(NamePattern::Exact(name)) => name == super::allow::LOCALHOST && endpoint.is_loopback(),
            Hosts::Named(NamePattern::Below(_)) => false,
            Hosts::At(range) => range.contains(endpoint),
        }
    }
}

impl NamePattern {
    fn parse(text: Piece<'_>) -> Result<NamePattern, Flaw> {
        match text.text.strip_prefix("*.") {
            Some(name) => Ok(NamePattern::Below(host_name(Piece {
                text: name,
                at: text.at + 2,
            })?)),
            None => Ok(NamePattern::Exact(host_name(text)?)),
        }
    }

    /// Whether a name, in lower case and without a dot at its end, is one of these.
    pub fn matches(&self, name: &str) -> bool {
        match self {
            NamePattern::Exact(exact) => name == exact,
            NamePattern::Below(suffix) => {
                let head = name
                    .strip_suffix(suffix.as_str())
                    .and_then(|head| head.strip_suffix('.'));
                head.is_some_and(|head| !head.is_empty())
            }
        }
    }
}

/// A host name, in lower case (RFC 1123, and `_`, which names in use have). One whose last label is a number would be an address
/// to some resolver.
fn host_name(text: Piece<'_>) -> Result<String, Flaw> {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let name = text.text.strip_suffix('.').unwrap_or(text.text);
    if name.is_empty() || name.contains(['*', ':', '[', ']']) {
        return Err(text.flaw(Reason::Host));
    }
    let last = name.rsplit('.').next().unwrap_or_default();
    if name.len() > 253 || !name.split('.').all(is_label) || last.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(text.flaw(Reason::Name));
    }
    Ok(name.to_ascii_lowercase())
}

impl Range {
    fn parse(text: Piece<'_>, address: impl Fn(&str) -> Option<IpAddr>, none: Reason) -> Result<Range, Flaw> {
        let (first, bits) = text
            .split('/')
            .map_or((text, None), |(first, bits)| (first, Some(bits)));
        let address = address(first.text).ok_or(first.flaw(none))?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => most,
            Some(piece) => match piece.port(Reason::Prefix)? {
                bits if bits <= most => bits,
                _ => return Err(piece.flaw(Reason::Prefix)),
            },
        } as u8;
        let range = match address {
            IpAddr::V4(address) => Range::V4(address, bits),
            IpAddr::V6(address) => match (address.to_ipv4_mapped(), bits.checked_sub(96)) {
                (Some(mapped), Some(bits)) => Range::V4(mapped, bits),
                _ => Range::V6(address, bits),
            },
        };
        let beyond = match range {
            Range::V4(address, bits) => u32::from(address).checked_shl(bits.into()).unwrap_or(0) != 0,
            Range::V6(address, bits) => u128::from(address).checked_shl(bits.into()).unwrap_or(0) != 0,
        };
        if beyond {
            Err(first.flaw(Reason::HostBits))
        } else {
            Ok(range)
        }
    }

    /// Whether a socket that listens at an address hears nothing beyond it: at 0.0.0.0 it hears at every IPv4 address, at `::` at
    /// all there are, which is more than any range.
    pub fn holds(&self, at: Endpoint) -> bool {
        match at.is_unspecified() {
            true => at.family == 4 && matches!(self, Range::V4(_, 0)),
            false => self.contains(at),
        }
    }

    /// Whether an address is in it; a mapped one is what it maps.
    pub fn contains(&self, endpoint: Endpoint) -> bool {
        let endpoint = endpoint.unmapped();
        match (self, endpoint.ipv4(), endpoint.ipv6()) {
            (&Range::V4(base, bits), Some(address), _) => {
                let differing = u32::from(base) ^ u32::from(address);
                differing.leading_zeros() >= bits.into()
            }
            (&Range::V6(base, bits), _, Some(address)) => {
                let differing = u128::from(base) ^ u128::from(address);
                differing.leading_zeros() >= bits.into()
            }
            _ => false,
        }
    }
}

impl Ports {
    fn parse(text: Piece<'_>) -> Result<Ports, Flaw> {
        if text.text == "*" {
            return Ok(Ports {
                first: 0,
                last: u16::MAX,
            });
        }
        let (first, last) = text.split('-').unwrap_or((text, text));
        let ports = Ports {
            first: first.port(Reason::Port)?,
            last: last.port(Reason::Port)?,
        };
        if ports.last < ports.first {
            return Err(last.flaw(Reason::PortOrder));
        }
        Ok(ports)
    }

    /// Whether a port is one of these.
    pub fn contain(&self, port: u16) -> bool {
        (self.first..=self.last).contains(&port)
    }
}

/// As it is written.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::Reach(Transport::Tcp, hosts, ports) => write!(f, "connect:{hosts}:{ports}"),
            Rule::Reach(Transport::Udp, hosts, ports) => write!(f, "udp:{hosts}:{ports}"),
            Rule::Listen(transport, range, ports) => {
                f.write_str(if *transport == Transport::Tcp {
                    "listen:"
                } else {
                    "udp-listen:"
                })?;
                match range {
                    Some(range) => write!(f, "{range}:{ports}"),
                    None => write!(f, "*:{ports}"),
                }
            }
            Rule::Resolve(Some(names)) => write!(f, "resolve:{names}"),
            Rule::Resolve(None) => f.write_str("resolve:*"),
        }
    }
}

impl fmt::Display for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hosts::All => f.write_str("*"),
            Hosts::Named(names) => names.fmt(f),
            Hosts::At(range) => range.fmt(f),
        }
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NamePattern::Exact(name) => f.write_str(name),
            NamePattern::Below(name) => write!(f, "*.{name}"),
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Range::V4(address, 32) => write!(f, "{address}"),
            Range::V4(address, bits) => write!(f, "{address}/{bits}"),
            Range::V6(address, 128) => write!(f, "[{address}]"),
            Range::V6(address, bits) => write!(f, "[{address}/{bits}]"),
        }
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Ports {
                first: 0,
                last: u16::MAX,
            } => f.write_str("*"),
            Ports { first, last } if first == last => write!(f, "{first}"),
            Ports { first, last } => write!(f, "{first}-{last}"),
        }
    }
}
