//! Names: queries that the host is answering, and placeholder addresses for names that could not be waited for.
//!
//! A placeholder lies in 198.18.0.0/15, a range set aside for benchmarks (RFC 2544) that no real peer has. A program
//! gets one where its stack cannot suspend, and passes it to `connect` or `sendto` later, which look up here what it
//! stands for. The same name has the same placeholder for as long as the program runs. Who asks for IPv4 gets one for a name that
//! has IPv6 addresses alone, too.

use alloc::vec::Vec;
use core::net::Ipv4Addr;

use crate::constants::limit;
use crate::errno::Errno;
use crate::interface::Endpoint;
use crate::slab::Slab;

/// 198.18.0.0; the first placeholder is the address after it.
const PLACEHOLDER_BASE: u32 = 0xc612_0000;

/// A name that the host resolves.
#[derive(Default)]
pub struct Query {
    /// What is asked for, where it has to be known later: not everything may be reached.
    pub name: Vec<u8>,
    /// The addresses so far.
    pub addresses: Vec<Endpoint>,
    /// How it ended, once it has.
    pub outcome: Option<Result<(), Errno>>,
    /// The tickets that wait for it.
    pub tickets: Vec<u32>,
    /// Which placeholder wants to know.
    pub placeholder: Option<usize>,
}

/// A name that has an address in our range.
pub struct Placeholder {
    name: Vec<u8>,
    /// Its real address, or that it has none, once that is known.
    outcome: Option<Result<Endpoint, Errno>>,
    /// The query that is to tell it.
    query: Option<u32>,
    /// A `sendto` named it: senders with its real address are shown as it.
    used: bool,
}

/// What an address that a program named stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Itself, or a placeholder's real address.
    Address(Endpoint),
    /// A name whose address is not known yet, and which placeholder it has.
    Name(usize, Vec<u8>),
    /// A name that has no address.
    Nothing(Errno),
}

/// All queries and placeholders.
#[derive(Default)]
pub struct Names {
    /// The queries by the number that the host knows them by.
    pub queries: Slab<Query>,
    placeholders: Vec<Placeholder>,
}

impl Names {
    /// The address that stands for a name; `None` if there are too many.
    pub fn stand_in(&mut self, name: &[u8]) -> Option<(usize, Ipv4Addr)> {
        let place = match self.placeholders.iter().position(|other| other.name == name) {
            Some(place) => place,
            None if self.placeholders.len() >= limit::PLACEHOLDERS => return None,
            None => {
                self.placeholders.push(Placeholder {
                    name: name.to_vec(),
                    outcome: None,
                    query: None,
                    used: false,
                });
                self.placeholders.len() - 1
            }
        };
        Some((place, Ipv4Addr::from(PLACEHOLDER_BASE + 1 + place as u32)))
    }

    /// The IPv4 address that stands for a name whose real address is of a family that the program does not know; `None` if there
    /// are too many.
    pub fn stand_in_for(&mut self, name: &[u8], real: Endpoint) -> Option<Ipv4Addr> {
        let (place, shown) = self.stand_in(name)?;
        self.placeholders.get_mut(place)?.outcome = Some(Ok(real));
        Some(shown)
    }

    /// The query that is to tell the address of a placeholder.
    pub fn query_of(&self, place: usize) -> Option<u32> {
        self.placeholders.get(place)?.query
    }

    /// A placeholder is to hear of a query.
    pub fn listen(&mut self, place: usize, id: u32) {
        if let Some(placeholder) = self.placeholders.get_mut(place)
            && let Some(query) = self.queries.get_mut(id)
        {
            placeholder.query = Some(id);
            query.placeholder = Some(place);
            // It may have ended before anybody came to hear of it.
            if query.outcome.is_some()
                && let Some(query) = self.queries.remove(id)
            {
                self.settle(place, &query);
            }
        }
    }

    /// The call that asked is over: what a query tells is of use to nobody but a placeholder.
    pub fn forget(&mut self, id: u32) {
        if self.queries.get(id).is_some_and(|query| query.placeholder.is_none()) {
            self.queries.remove(id);
        }
    }

    /// A query that a placeholder wanted to know about has ended.
    pub fn settle(&mut self, place: usize, query: &Query) {
        if let Some(placeholder) = self.placeholders.get_mut(place) {
            placeholder.query = None;
            // A failure may pass: it is told once, and the next connect asks the host again, by name.
            placeholder.outcome = match (
                query.outcome,
                query.addresses.iter().find(|address| address.family == 4),
            ) {
                (Some(Ok(())), Some(&address)) => Some(Ok(address)),
                (Some(Ok(())), None) => query.addresses.first().map(|&address| Ok(address)),
                (Some(Err(errno)), _) => Some(Err(errno)),
                (None, _) => None,
            };
        }
    }

    /// The name that a placeholder stands for.
    pub fn name_of(&self, endpoint: Endpoint) -> Option<&[u8]> {
        let placeholder = self.placeholders.get(self.place(endpoint)?)?;
        Some(&placeholder.name)
    }

    /// What an address stands for; the port stays.
    pub fn meaning(&mut self, endpoint: Endpoint) -> Meaning {
        let Some(place) = self.place(endpoint) else {
            return Meaning::Address(endpoint);
        };
        let Some(placeholder) = self.placeholders.get_mut(place) else {
            return Meaning::Address(endpoint);
        };
        placeholder.used = true;
        match placeholder.outcome {
            Some(Ok(address)) => Meaning::Address(address.with_port(endpoint.port)),
            Some(Err(_)) => {
                placeholder.outcome = None;
                Meaning::Nothing(Errno::HOSTUNREACH)
            }
            None => Meaning::Name(place, placeholder.name.clone()),
        }
    }

    /// The placeholder that a program used for an address, if it did, or the address.
    pub fn disguise(&self, endpoint: Endpoint) -> Endpoint {
        let same = |placeholder: &Placeholder| {
            placeholder.used
                && placeholder
                    .outcome
                    .is_some_and(|outcome| outcome == Ok(endpoint.with_port(0)))
        };
        match self.placeholders.iter().position(same) {
            Some(place) => Endpoint::v4(Ipv4Addr::from(PLACEHOLDER_BASE + 1 + place as u32), endpoint.port),
            None => endpoint,
        }
    }

    fn place(&self, endpoint: Endpoint) -> Option<usize> {
        let number = u32::from(endpoint.unmapped().ipv4()?);
        let place = number.checked_sub(PLACEHOLDER_BASE + 1)? as usize;
        (place < self.placeholders.len()).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_stands_for_its_name_until_the_address_is_known() {
        let mut names = Names::default();
        let (place, address) = names.stand_in(b"host.test").unwrap();
        assert_eq!(address, Ipv4Addr::new(198, 18, 0, 1));
        assert_eq!(names.stand_in(b"host.test"), Some((place, address)));
        assert_ne!(names.stand_in(b"other.test").unwrap().1, address);
        let shown = Endpoint::v4(address, 80);
        assert_eq!(names.meaning(shown), Meaning::Name(place, b"host.test".to_vec()));
        assert_eq!(names.name_of(shown.mapped()), Some(&b"host.test"[..]));
        let real = Endpoint::v4(Ipv4Addr::LOCALHOST, 0);
        names.settle(
            place,
            &Query {
                addresses: [real].to_vec(),
                outcome: Some(Ok(())),
                ..Query::default()
            },
        );
        assert_eq!(names.meaning(shown), Meaning::Address(real.with_port(80)));
        assert_eq!(names.meaning(shown.mapped()), Meaning::Address(real.with_port(80)));
        assert_eq!(names.disguise(real.with_port(9)), shown.with_port(9));
        assert_eq!(
            names.disguise(Endpoint::v4(Ipv4Addr::BROADCAST, 9)).ipv4(),
            Some(Ipv4Addr::BROADCAST)
        );
    }

    #[test]
    #[cfg_attr(miri, ignore = "minutes there, and nothing that others do not do")]
    fn the_table_is_bounded() {
        let mut names = Names::default();
        for number in 0..limit::PLACEHOLDERS as u32 {
            assert!(names.stand_in(&number.to_le_bytes()).is_some());
        }
        assert!(names.stand_in(b"one more").is_none());
    }
}
