//! The multicast groups that a UDP socket is a member of.

use alloc::vec::Vec;

use crate::constants::limit;
use crate::errno::Errno;
use crate::interface::Endpoint;

/// One group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Its address, port 0.
    pub group: Endpoint,
    /// The interface: by its IPv4 address, or with family 0 by its number in `scope` (0: any).
    pub interface: Endpoint,
}

impl Membership {
    /// Whether the address is one of a group.
    pub fn is_group(&self) -> bool {
        match (self.group.ipv4(), self.group.ipv6()) {
            (Some(address), _) => address.is_multicast(),
            (None, Some(address)) => address.is_multicast(),
            (None, None) => false,
        }
    }
}

/// All of a socket's.
#[derive(Default)]
pub struct Memberships {
    joined: Vec<Membership>,
}

impl Memberships {
    /// Adds one: `EINVAL` if it is no group, `EADDRINUSE` if it is there already, `ENOBUFS` if there are too many.
    pub fn join(&mut self, membership: Membership) -> Result<(), Errno> {
        if !membership.is_group() {
            return Err(Errno::INVAL);
        }
        if self.joined.contains(&membership) {
            return Err(Errno::ADDRINUSE);
        }
        let family = |other: &&Membership| other.group.family == membership.group.family;
        if self.joined.iter().filter(family).count() >= limit::MEMBERSHIPS || self.joined.try_reserve(1).is_err() {
            return Err(Errno::NOBUFS);
        }
        self.joined.push(membership);
        Ok(())
    }

    /// Removes one. `EADDRNOTAVAIL` if it is not there; IPv6 says `EINVAL` of what is no group.
    pub fn leave(&mut self, membership: Membership) -> Result<(), Errno> {
        if membership.group.family == 6 && !membership.is_group() {
            return Err(Errno::INVAL);
        }
        let place = self.joined.iter().position(|other| *other == membership);
        self.joined.remove(place.ok_or(Errno::ADDRNOTAVAIL)?);
        Ok(())
    }

    /// The one at a place, in the order in which they were joined.
    pub fn get(&self, place: usize) -> Option<Membership> {
        self.joined.get(place).copied()
    }
}
