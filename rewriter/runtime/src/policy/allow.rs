//! `DIRECT_SOCKETS_ALLOW` as a whole: its rules, and the addresses that names allowed by them have been found to have.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use super::rules::{Hosts, Rule};
use super::special::is_special;
use super::{Fault, MOST_RULES, Reason, Transport};
use crate::constants::limit;
use crate::interface::Endpoint;

/// The name that is known everywhere.
pub(super) const LOCALHOST: &str = "localhost";

/// What a program may reach.
#[derive(Debug, Default)]
pub struct Allow {
    /// `None`: everything.
    rules: Option<Vec<Rule>>,
    names: Names,
}

/// The addresses of names, as they were last looked up; the oldest give way.
#[derive(Debug, Default)]
pub struct Names {
    latest: VecDeque<Resolved>,
}

/// A name and its addresses.
#[derive(Debug)]
pub struct Resolved {
    name: String,
    addresses: Vec<Endpoint>,
}

impl Allow {
    /// Reads a list: `*` alone is everything, `none` alone nothing.
    ///
    /// # Errors
    /// The first item that is no rule.
    pub fn parse(items: &[&str]) -> Result<Allow, Fault> {
        match items {
            ["*"] => return Ok(Allow::default()),
            ["none"] => return Ok(Allow::only(Vec::new())),
            _ => {}
        }
        let mut rules = Vec::new();
        for (item, text) in items.iter().enumerate() {
            let fault = |(at, reason)| Fault { item, at, reason };
            if item >= MOST_RULES {
                return Err(fault((0, Reason::TooMany)));
            }
            if matches!(*text, "*" | "none") {
                return Err(fault((0, Reason::Alone)));
            }
            rules.push(Rule::parse(text).map_err(fault)?);
        }
        if rules.is_empty() {
            let (item, at, reason) = (0, 0, Reason::Empty);
            return Err(Fault { item, at, reason });
        }
        Ok(Allow::only(rules))
    }

    /// Only what these say.
    pub fn only(rules: Vec<Rule>) -> Allow {
        Allow {
            rules: Some(rules),
            names: Names::default(),
        }
    }

    /// The rules; `None`: everything is allowed.
    pub fn rules(&self) -> Option<&[Rule]> {
        self.rules.as_deref()
    }

    /// Whether a peer may be sent to: by its address, or by a name that it was found by. Such an address must be a public one, or
    /// whoever owns the name could point it into the user's network (DNS rebinding).
    pub fn reaches(&self, transport: Transport, to: Endpoint) -> bool {
        let Some(rules) = &self.rules else { return true };
        let to = to.unmapped().or_loopback();
        let mut hosts = reached(rules, transport).filter(|(_, ports)| ports.contain(to.port));
        hosts.any(|(hosts, _)| match hosts {
            _ if hosts.at(to) => true,
            Hosts::Named(pattern) if !is_special(to) => self.names.of(to).any(|name| pattern.matches(name)),
            _ => false,
        })
    }

    /// Whether a multicast group may be joined: if something may be sent to its address, at whatever port.
    pub fn joins(&self, group: Endpoint) -> bool {
        let Some(rules) = &self.rules else { return true };
        reached(rules, Transport::Udp).any(|(hosts, _)| hosts.at(group))
    }

    /// Whether a socket may listen, or be bound to receive, at an address and a port; port 0: one that the platform chooses.
    pub fn listens(&self, transport: Transport, at: Endpoint) -> bool {
        let Some(rules) = &self.rules else { return true };
        rules.iter().any(|rule| match rule {
            Rule::Listen(other, range, ports) => {
                *other == transport && ports.contain(at.port) && range.is_none_or(|range| range.holds(at.unmapped()))
            }
            Rule::Reach(..) | Rule::Resolve(_) => false,
        })
    }

    /// Whether a socket may be bound: where it may listen, and to a port that the platform chooses if it may send at all, as any
    /// socket is that sends.
    pub fn binds(&self, transport: Transport, at: Endpoint) -> bool {
        let Some(rules) = &self.rules else { return true };
        at.port == 0 && reached(rules, transport).next().is_some() || self.listens(transport, at)
    }

    /// Whether a name may be looked up: for who may reach it, and `localhost` for all, since that tells nobody anything.
    pub fn resolves(&self, name: &[u8]) -> bool {
        let Some(rules) = &self.rules else { return true };
        let name = canonical(name);
        is_localhost(name.as_bytes())
            || rules.iter().any(|rule| match rule {
                Rule::Reach(_, Hosts::All, _) | Rule::Resolve(None) => true,
                Rule::Reach(_, Hosts::Named(pattern), _) | Rule::Resolve(Some(pattern)) => pattern.matches(&name),
                Rule::Reach(_, Hosts::At(_), _) | Rule::Listen(..) => false,
            })
    }

    /// A name was found to have these addresses, and no others any more.
    pub fn resolved(&mut self, name: &[u8], addresses: &[Endpoint]) {
        if self.rules.is_some() {
            self.names.set(canonical(name), addresses);
        }
    }
}

fn reached(rules: &[Rule], transport: Transport) -> impl Iterator<Item = (&Hosts, &super::Ports)> {
    rules.iter().filter_map(move |rule| match rule {
        Rule::Reach(other, hosts, ports) if *other == transport => Some((hosts, ports)),
        _ => None,
    })
}

/// As names are compared. What is no UTF-8 is no host name either, and matches no rule but `*`.
/// Whether it is the one name that every platform knows without asking anybody.
pub(crate) fn is_localhost(name: &[u8]) -> bool {
    name.strip_suffix(b".")
        .unwrap_or(name)
        .eq_ignore_ascii_case(LOCALHOST.as_bytes())
}

fn canonical(name: &[u8]) -> String {
    let name = name.strip_suffix(b".").unwrap_or(name);
    String::from_utf8_lossy(name).to_ascii_lowercase()
}

impl Names {
    fn set(&mut self, name: String, addresses: &[Endpoint]) {
        self.latest.retain(|other| other.name != name);
        while self.latest.len() >= limit::RESOLVED {
            self.latest.pop_front();
        }
        let bare = |address: &Endpoint| address.unmapped().with_port(0).with_scope(0);
        self.latest.push_back(Resolved {
            name,
            addresses: addresses.iter().map(bare).collect(),
        });
    }

    /// The names that have an address.
    fn of(&self, endpoint: Endpoint) -> impl Iterator<Item = &str> {
        let bare = endpoint.unmapped().with_port(0).with_scope(0);
        let has = move |name: &&Resolved| name.addresses.contains(&bare);
        self.latest.iter().filter(has).map(|name| name.name.as_str())
    }
}
