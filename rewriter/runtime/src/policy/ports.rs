//! `DIRECT_SOCKETS_PORT_MAP`: the port that the platform is asked for where the program names another.
//!
//! ```text
//! item = [ "tcp:" | "udp:" ] NAMED ":" REAL
//! ```
//!
//! Without a transport an item is for both. No port is mapped twice, and no two to the same: what is real tells what was named.

use alloc::vec::Vec;

use super::pieces::{Flaw, Piece};
use super::{Fault, MOST_RULES, Reason, Transport};

/// One port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pair {
    /// Of both, if not said.
    transport: Option<Transport>,
    named: u16,
    real: u16,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortMap {
    pairs: Vec<Pair>,
}

impl PortMap {
    /// Reads a list.
    ///
    /// # Errors
    /// The first item that is none, or contradicts an earlier one.
    pub fn parse(items: &[&str]) -> Result<PortMap, Fault> {
        let mut pairs: Vec<Pair> = Vec::new();
        for (item, text) in items.iter().enumerate() {
            let fault = |(at, reason)| Fault { item, at, reason };
            if item >= MOST_RULES {
                return Err(fault((0, Reason::TooMany)));
            }
            let pair = Pair::parse(Piece::whole(text)).map_err(fault)?;
            for other in pairs.iter().filter(|other| other.meets(&pair)) {
                if other.named == pair.named {
                    return Err(fault((0, Reason::Twice)));
                }
                if other.real == pair.real {
                    return Err(fault((0, Reason::Target)));
                }
            }
            pairs.push(pair);
        }
        Ok(PortMap { pairs })
    }

    /// The port that the platform is asked for.
    pub fn real(&self, transport: Transport, named: u16) -> u16 {
        let mut pairs = self.of(transport);
        pairs.find(|pair| pair.named == named).map_or(named, |pair| pair.real)
    }

    /// The port that the program names, if a port of the platform's is what it is mapped to.
    pub fn named(&self, transport: Transport, real: u16) -> Option<u16> {
        self.of(transport).find(|pair| pair.real == real).map(|pair| pair.named)
    }

    /// No port is mapped.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    fn of(&self, transport: Transport) -> impl Iterator<Item = &Pair> {
        let suits = move |pair: &&Pair| pair.transport.is_none_or(|other| other == transport);
        self.pairs.iter().filter(suits)
    }
}

impl Pair {
    fn parse(item: Piece<'_>) -> Result<Pair, Flaw> {
        let (first, rest) = item.split(':').ok_or(item.flaw(Reason::Pair))?;
        let (transport, named, real) = match (first.text, rest.split(':')) {
            ("tcp", Some((named, real))) => (Some(Transport::Tcp), named, real),
            ("udp", Some((named, real))) => (Some(Transport::Udp), named, real),
            (_, Some(_)) | ("tcp" | "udp", None) => return Err(first.flaw(Reason::Pair)),
            (_, None) => (None, first, rest),
        };
        let port = |piece: Piece<'_>| match piece.port(Reason::PairPort)? {
            0 => Err(piece.flaw(Reason::PairPort)),
            port => Ok(port),
        };
        Ok(Pair {
            transport,
            named: port(named)?,
            real: port(real)?,
        })
    }

    /// Both are for one transport.
    fn meets(&self, other: &Pair) -> bool {
        self.transport.is_none() || other.transport.is_none() || self.transport == other.transport
    }
}
