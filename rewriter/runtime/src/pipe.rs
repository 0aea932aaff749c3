//! The two ends of a pipe. What is in the pipe lies with the end that reads: nobody else will ever want it.

use crate::constants::{limit, poll};
use crate::ring::Ring;

/// An end of a pipe.
pub struct PipeEnd {
    /// `O_NONBLOCK`.
    pub nonblocking: bool,
    /// Which one.
    pub side: Side,
}

/// Which end of a pipe.
pub enum Side {
    /// The one that reads.
    Read(Reader),
    /// The one that writes.
    Write {
        /// Handle of the other end, until it is closed.
        reader: Option<u32>,
    },
}

/// The end that reads, with what is in the pipe.
pub struct Reader {
    /// Written, not yet read.
    pub ring: Ring,
    /// The most it may hold, `F_GETPIPE_SZ`.
    pub capacity: usize,
    /// Handle of the other end, until it is closed.
    pub writer: Option<u32>,
}

impl Reader {
    /// Of an empty pipe whose other end is not open yet.
    pub fn new() -> Reader {
        Reader {
            ring: Ring::default(),
            capacity: limit::PIPE,
            writer: None,
        }
    }

    /// Room in the pipe.
    pub fn room(&self) -> usize {
        self.capacity.saturating_sub(self.ring.len())
    }

    /// The events of `poll` that are true of the end that reads, as `pipe_poll` of Linux would say.
    pub fn readiness(&self) -> u16 {
        let data = if self.ring.is_empty() {
            0
        } else {
            poll::IN | poll::RDNORM
        };
        data | if self.writer.is_none() { poll::HUP } else { 0 }
    }

    /// The events that are true of the end that writes: there is room for a write that must be whole.
    pub fn writer_readiness(&self) -> u16 {
        if self.room() >= limit::PIPE_ATOMIC {
            poll::OUT | poll::WRNORM
        } else {
            0
        }
    }
}

impl Default for Reader {
    fn default() -> Self {
        Reader::new()
    }
}
