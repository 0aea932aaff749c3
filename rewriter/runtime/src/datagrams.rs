//! Queues of datagrams, bounded in bytes as Linux bounds them: received ones that the program has not read, and those to
//! send that wait for their socket to open.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::constants::limit;
use crate::interface::Endpoint;

/// One datagram and the endpoint it came from or goes to (family 0: the connected peer).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// The other side.
    pub endpoint: Endpoint,
    /// What it carries.
    pub payload: Box<[u8]>,
    /// How many had been dropped on its socket when it came.
    pub dropped: u32,
}

/// So many places an empty queue keeps.
const SPARE: usize = 16;

/// What a payload of so many bytes is charged.
pub fn charge(length: usize) -> usize {
    length + limit::DATAGRAM_OVERHEAD
}

/// What so many payloads of so many bytes together are charged.
pub fn charges(count: usize, length: usize) -> usize {
    length.saturating_add(count.saturating_mul(limit::DATAGRAM_OVERHEAD))
}

/// A queue of datagrams.
#[derive(Default)]
pub struct Datagrams {
    queue: VecDeque<Datagram>,
    charged: usize,
}

impl Datagrams {
    /// Whether one of so many bytes still fits.
    pub fn fits(&self, length: usize, most: usize) -> bool {
        self.queue.is_empty() || self.charged + charge(length) <= most
    }

    /// Appends one; false, and nothing changed, if memory is short.
    pub fn push(&mut self, datagram: Datagram) -> bool {
        if self.queue.try_reserve(1).is_err() {
            return false;
        }
        self.charged += charge(datagram.payload.len());
        self.queue.push_back(datagram);
        true
    }

    /// The oldest.
    pub fn front(&self) -> Option<&Datagram> {
        self.queue.front()
    }

    /// Takes the oldest out.
    pub fn pop(&mut self) -> Option<Datagram> {
        let datagram = self.queue.pop_front()?;
        self.charged -= charge(datagram.payload.len());
        if self.queue.is_empty() && self.queue.capacity() > SPARE {
            // What was a long queue is given back.
            self.queue = VecDeque::new();
        }
        Some(datagram)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Bytes charged.
    pub fn charged(&self) -> usize {
        self.charged
    }
}

/// A cleared buffer of so many bytes, or nothing if memory is short.
pub fn buffer(length: usize) -> Option<Box<[u8]>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length).ok()?;
    bytes.resize(length, 0);
    Some(bytes.into_boxed_slice())
}
