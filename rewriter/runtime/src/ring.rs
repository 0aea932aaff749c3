//! A queue of bytes that is contiguous enough to be filled and emptied in at most two pieces, grows on demand, and
//! owns memory only while it holds bytes: an idle connection costs nothing.
//!
//! Its capacity is a power of two; what it may hold is decided by the caller, with each call, because receive
//! and send limits differ and can be set. Buffers come from a [`Pool`] and go back when the ring is empty.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::constants::limit;

/// The smallest buffer.
const LEAST_CAPACITY: usize = 1 << 10;

/// Sizes that are kept: powers of two below this one.
const CLASSES: usize = 32;

/// Free buffers by size, so that a ping-pong does not allocate, and their bytes need not be cleared again.
#[derive(Default)]
pub struct Pool {
    free: [Vec<Box<[u8]>>; CLASSES],
    bytes: usize,
    lent: usize,
}

impl Pool {
    fn take(&mut self, capacity: usize) -> Option<Box<[u8]>> {
        if let Some(buffer) = self.class(capacity).and_then(Vec::pop) {
            self.bytes -= capacity;
            self.lent += capacity;
            return Some(buffer);
        }
        let mut buffer = Vec::new();
        buffer.try_reserve_exact(capacity).ok()?;
        buffer.resize(capacity, 0);
        self.lent += capacity;
        Some(buffer.into_boxed_slice())
    }

    fn give(&mut self, buffer: Box<[u8]>) {
        let capacity = buffer.len();
        self.lent -= capacity;
        if capacity == 0 || self.bytes + capacity > limit::POOL {
            return;
        }
        if let Some(class) = self.class(capacity)
            && class.try_reserve(1).is_ok()
        {
            class.push(buffer);
            self.bytes += capacity;
        }
    }

    fn class(&mut self, capacity: usize) -> Option<&mut Vec<Box<[u8]>>> {
        self.free.get_mut(capacity.trailing_zeros() as usize)
    }

    /// Bytes kept for later.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Bytes that rings have taken and not given back.
    pub fn lent(&self) -> usize {
        self.lent
    }
}

/// The queue. Empty exactly if it has no buffer or `length` is 0.
#[derive(Default)]
pub struct Ring {
    buffer: Box<[u8]>,
    start: usize,
    length: usize,
}

impl Ring {
    /// Bytes queued.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Bytes of memory it holds.
    pub fn capacity(&self) -> usize {
        self.buffer.len()
    }

    /// Room at the end for up to `want` more bytes, contiguous, so perhaps fewer; never beyond `most` in all. Empty if
    /// the ring is full or memory is short.
    pub fn reserve(&mut self, pool: &mut Pool, want: usize, most: usize) -> &mut [u8] {
        let want = want.min(most.saturating_sub(self.length));
        if self.length + want > self.buffer.len() {
            self.grow(pool, self.length + want);
        }
        let capacity = self.buffer.len();
        let room = want.min(capacity - self.length);
        if room == 0 {
            return &mut [];
        }
        let end = (self.start + self.length) & (capacity - 1);
        let piece = room.min(capacity - end);
        &mut self.buffer[end..end + piece]
    }

    /// The first `count` bytes of what `reserve` answered are filled.
    pub fn commit(&mut self, count: usize) {
        self.length += count.min(self.buffer.len() - self.length);
    }

    /// Queues up to `want` bytes, which `source` copies in at most two pieces, each with its offset; it answers
    /// whether it could. Answers how many are queued, and whether a piece failed.
    pub fn fill(
        &mut self,
        pool: &mut Pool,
        want: usize,
        most: usize,
        mut source: impl FnMut(usize, &mut [u8]) -> bool,
    ) -> (usize, bool) {
        let mut done = 0;
        while done < want {
            let piece = self.reserve(pool, want - done, most);
            let count = piece.len();
            if count == 0 {
                break;
            }
            if !source(done, piece) {
                return (done, false);
            }
            self.commit(count);
            done += count;
        }
        (done, true)
    }

    /// The first queued bytes, contiguous, at most `most`.
    pub fn front(&self, most: usize) -> &[u8] {
        self.piece(0, most)
    }

    /// Shows up to `want` bytes from `offset` on to `sink`, in at most two pieces, each with its offset from there, and
    /// keeps them. Answers how many it took, and whether it failed.
    pub fn copy(&self, offset: usize, want: usize, mut sink: impl FnMut(usize, &[u8]) -> bool) -> (usize, bool) {
        let mut done = 0;
        while done < want {
            let piece = self.piece(offset + done, want - done);
            if piece.is_empty() {
                break;
            }
            if !sink(done, piece) {
                return (done, false);
            }
            done += piece.len();
        }
        (done, true)
    }

    /// Drops the first `count` bytes; the buffer goes back with the last one.
    pub fn consume(&mut self, pool: &mut Pool, count: usize) {
        let count = count.min(self.length);
        self.length -= count;
        if self.length == 0 {
            self.start = 0;
            pool.give(core::mem::take(&mut self.buffer));
        } else {
            self.start = (self.start + count) & (self.buffer.len() - 1);
        }
    }

    /// Drops everything.
    pub fn clear(&mut self, pool: &mut Pool) {
        self.consume(pool, self.length);
    }

    fn piece(&self, offset: usize, most: usize) -> &[u8] {
        if offset >= self.length {
            return &[];
        }
        let capacity = self.buffer.len();
        let begin = (self.start + offset) & (capacity - 1);
        let count = most.min(self.length - offset).min(capacity - begin);
        &self.buffer[begin..begin + count]
    }

    /// Moves what is queued into a buffer with room for `needed` in all; if there is no memory, all stays as it was.
    fn grow(&mut self, pool: &mut Pool, needed: usize) {
        let Some(capacity) = needed.max(LEAST_CAPACITY).checked_next_power_of_two() else {
            return;
        };
        let Some(mut larger) = pool.take(capacity) else {
            return;
        };
        self.copy(0, self.length, |offset, bytes| {
            larger[offset..offset + bytes.len()].copy_from_slice(bytes);
            true
        });
        self.start = 0;
        pool.give(core::mem::replace(&mut self.buffer, larger));
    }
}
