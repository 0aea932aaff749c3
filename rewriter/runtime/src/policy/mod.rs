//! What a program may reach, which ports it gets for those that it names, and whether anybody is asked for names: the settings
//! `DIRECT_SOCKETS_ALLOW`, `DIRECT_SOCKETS_PORT_MAP` and `DIRECT_SOCKETS_DNS`. The rewriter puts them into the merged wasm as text (see `embed.policy` in the contract), so that
//! no host script can widen them; the runtime reads them before its first call. Whoever checks a setting uses the same parser.
//!
//! Here is what the words mean; when a call asks is in `syscall/permit.rs`.

mod allow;
mod heard;
mod pieces;
mod ports;
mod rules;
mod special;

use alloc::vec::Vec;
use core::fmt;

pub(crate) use allow::is_localhost;
pub use allow::{Allow, Names, Resolved};
pub use heard::Heard;
pub use ports::PortMap;
pub use rules::{Hosts, NamePattern, Ports, Range, Rule};
pub use special::is_special;

/// The most rules of one list, and the most pairs of ports.
pub const MOST_RULES: usize = 256;

/// The most bytes of one rule: a name (253), a verb and ports, with room to spare.
pub const MOST_RULE_BYTES: usize = 320;

/// What a port is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// The settings.
#[derive(Debug, Default)]
pub struct Policy {
    /// What may be reached.
    pub allow: Allow,
    /// The ports.
    pub ports: PortMap,
    /// Names are not looked up, but for `localhost`, which every platform knows without asking anybody.
    pub without_names: bool,
}

/// The line that tells [`Policy::parse`] of [`Policy::without_names`].
pub const WITHOUT_NAMES: &str = "without names";

impl Policy {
    /// One that allows nothing at all.
    pub fn nothing() -> Policy {
        Policy {
            allow: Allow::only(Vec::new()),
            ports: PortMap::default(),
            without_names: true,
        }
    }

    /// Reads the settings as the rewriter writes them: a line for the rules and one for the ports, the items of each separated by
    /// commas, and a third for [`WITHOUT_NAMES`].
    ///
    /// # Errors
    /// The first item that is none.
    pub fn parse(text: &str) -> Result<Policy, Fault> {
        let mut lines = text.splitn(3, '\n');
        let mut next = || lines.next().unwrap_or_default();
        Ok(Policy {
            allow: Allow::parse(&items(next()))?,
            ports: PortMap::parse(&items(next()))?,
            without_names: !next().is_empty(),
        })
    }
}

fn items(text: &str) -> Vec<&str> {
    text.split(',').filter(|item| !item.is_empty()).collect()
}

/// What is wrong with a list, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which item, from 0.
    pub item: usize,
    /// Which byte of it, from 0.
    pub at: usize,
    /// What is wrong.
    pub reason: Reason,
}

/// What is wrong with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is what it prints")]
pub enum Reason {
    TooMany,
    TooLong,
    Empty,
    Alone,
    Verb,
    Host,
    Name,
    Bracket,
    Prefix,
    HostBits,
    Address,
    MissingPorts,
    NoPorts,
    Port,
    PortOrder,
    Pair,
    PairPort,
    Twice,
    Target,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::TooMany => return write!(f, "more than {MOST_RULES} are too many"),
            Reason::TooLong => return write!(f, "it is longer than {MOST_RULE_BYTES} bytes"),
            Reason::Empty => "it is empty; `none` allows nothing, `*` everything",
            Reason::Alone => "`*` and `none` stand alone",
            Reason::Verb => "expected connect:, listen:, udp:, udp-listen: or resolve:",
            Reason::Host => "expected a name, *.NAME, an address, ADDRESS/BITS, [IPv6], [IPv6/BITS] or *",
            Reason::Name => "this is no host name: letters, digits, - and _, labels of 1 to 63, xn-- for others",
            Reason::Bracket => "the bracket is not closed, or what is in it is no IPv6 address (without a zone)",
            Reason::Prefix => "a prefix has 0 to 32 bits for IPv4, 0 to 128 for IPv6",
            Reason::HostBits => "the address has bits beyond its prefix",
            Reason::Address => "a socket listens at an address, not at a name",
            Reason::MissingPorts => "expected : and a port, FIRST-LAST or * after the host",
            Reason::NoPorts => "a name is resolved without ports",
            Reason::Port => "expected a port from 0 to 65535, FIRST-LAST or *",
            Reason::PortOrder => "the last port is below the first",
            Reason::Pair => "expected PORT:REAL, tcp:PORT:REAL or udp:PORT:REAL",
            Reason::PairPort => "expected a port from 1 to 65535",
            Reason::Twice => "this port is mapped already",
            Reason::Target => "another port is mapped to this one already",
        })
    }
}

#[cfg(test)]
mod tests;
