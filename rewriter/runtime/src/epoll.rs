//! Epoll sets: which open files are of interest, and the list of those that may be ready. Nothing is looked at but what is
//! on the list, and nothing comes onto it but by what happens to a file: thousands of idle ones cost nothing.

use alloc::collections::{BTreeMap, VecDeque};

use crate::constants::epoll;
use crate::errno::Errno;

/// A descriptor's number and the handle of the open file that it stood for: what Linux, too, knows an entry by.
pub type Key = (i32, u32);

/// An entry of a set.
#[derive(Clone, Copy, Debug)]
pub struct Interest {
    /// Events that are asked for, and flags. No events at all: a one-shot entry that has fired.
    pub events: u32,
    /// What the program gets back.
    pub data: u64,
    /// On the list of those that may be ready.
    pub listed: bool,
}

/// A set.
#[derive(Default)]
pub struct Epoll {
    /// `O_NONBLOCK`, which only `fcntl` ever shows.
    pub nonblocking: bool,
    /// The entries.
    pub interests: BTreeMap<Key, Interest>,
    /// Those that may be ready, the next to be told first.
    pub ready: VecDeque<Key>,
}

impl Interest {
    /// Whether something that happened is of interest.
    pub fn wants(&self, changed: u16) -> bool {
        self.events & u32::from(changed) != 0
    }

    /// It has fired and is one-shot: it says nothing more until it is modified.
    pub fn disarm(&mut self) {
        self.events &= epoll::FLAGS;
    }
}

impl Epoll {
    /// Puts an entry on the list, once. `ENOMEM` if that cannot be.
    pub fn list(&mut self, key: Key) -> Result<(), Errno> {
        if let Some(interest) = self.interests.get_mut(&key)
            && !interest.listed
        {
            self.ready.try_reserve(1).map_err(|_| Errno::NOMEM)?;
            interest.listed = true;
            self.ready.push_back(key);
        }
        Ok(())
    }

    /// Takes an entry out.
    pub fn remove(&mut self, key: Key) -> Option<Interest> {
        let interest = self.interests.remove(&key)?;
        if interest.listed {
            self.ready.retain(|&other| other != key);
        }
        Some(interest)
    }
}
