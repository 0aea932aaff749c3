//! How to get the old bytes back from the new ones.
//!
//! A rewrite copies nearly everything, in order. So the delta is found by walking both in step: equal bytes are
//! one copy; where they part, they meet again a few bytes further on (an immediate was rewritten), or, behind what a
//! rewrite inserts, further away; what the new bytes do not hold is stored. The result is a list of instructions, each
//! a LEB128 number `n`: an odd `n` copies `n >> 1` bytes from the new bytes, after a second number, the distance forward
//! from the end of the copy before; an even `n` is followed by `n >> 1` stored bytes.

use memchr::memmem;

/// Bytes that must agree for a copy to begin: a shorter run costs more to name than to store.
const WINDOW: usize = 16;

/// How far both sides are searched for where they meet again after a small change.
const NEAR: usize = 256;

/// Bytes that must agree for a copy to begin far ahead: code repeats itself, and a copy from too far ahead leaves
/// behind what the next old bytes are equal to.
const FAR_WINDOW: usize = 64;

/// How far ahead the new bytes are searched: further than a rewrite inserts at one place.
const FAR: usize = 1 << 20;

/// How many old bytes are stored at first where the new bytes have nothing alike; then twice as many, and so on, so
/// that a large part that is new (rewritten debug information) costs few searches.
const STORED_STEP: usize = 8;

/// The instructions that turn `new` into `old`.
#[must_use]
pub(super) fn make(old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut delta = Vec::new();
    let mut stored = 0..0;
    let (mut at_old, mut at_new, mut copied_to) = (0, 0, 0);
    let mut step = STORED_STEP;
    while at_old < old.len() {
        let run = common_prefix(&old[at_old..], &new[at_new..]);
        if run >= WINDOW || at_old + run == old.len() {
            flush(&mut delta, &old[stored.clone()]);
            leb(&mut delta, run << 1 | 1);
            leb(&mut delta, at_new - copied_to);
            at_old += run;
            at_new += run;
            copied_to = at_new;
            stored = at_old..at_old;
            step = STORED_STEP;
            continue;
        }
        match meeting(&old[at_old..], &new[at_new..]) {
            Some((skipped_old, skipped_new)) => {
                at_old += skipped_old;
                at_new += skipped_new;
            }
            None => {
                at_old = old.len().min(at_old + step);
                step *= 2;
            }
        }
        stored.end = at_old;
    }
    flush(&mut delta, &old[stored]);
    delta
}

/// How many bytes further the two go on alike: in the old ones and in the new ones.
fn meeting(old: &[u8], new: &[u8]) -> Option<(usize, usize)> {
    let near = &new[..new.len().min(NEAR)];
    let windows = old[..old.len().min(NEAR)].windows(WINDOW.min(old.len()));
    let mut found = windows.enumerate().filter_map(|(skipped, window)| {
        let at = memmem::find(near, window)?;
        Some((skipped, at))
    });
    found.next().or_else(|| {
        let window = &old[..old.len().min(FAR_WINDOW)];
        let far = &new[..new.len().min(FAR)];
        Some((0, memmem::find(far, window)?))
    })
}

/// The old bytes, or `None` if the delta does not fit `new`.
#[must_use]
pub(super) fn apply(new: &[u8], mut delta: &[u8]) -> Option<Vec<u8>> {
    let mut old = Vec::new();
    let mut at_new = 0usize;
    while !delta.is_empty() {
        let n = read_leb(&mut delta)?;
        let length = n >> 1;
        if n & 1 == 1 {
            at_new = at_new.checked_add(read_leb(&mut delta)?)?;
            let end = at_new.checked_add(length)?;
            old.extend_from_slice(new.get(at_new..end)?);
            at_new = end;
        } else {
            old.extend_from_slice(delta.get(..length)?);
            delta = &delta[length..];
        }
    }
    Some(old)
}

fn flush(delta: &mut Vec<u8>, stored: &[u8]) {
    if !stored.is_empty() {
        leb(delta, stored.len() << 1);
        delta.extend_from_slice(stored);
    }
}

fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    // Whole words first: the walk passes over megabytes of equal bytes.
    const WORD: usize = 16;
    let words = a
        .chunks_exact(WORD)
        .zip(b.chunks_exact(WORD))
        .take_while(|(x, y)| x == y)
        .count()
        * WORD;
    words + a[words..].iter().zip(&b[words..]).take_while(|(x, y)| x == y).count()
}

fn leb(out: &mut Vec<u8>, mut n: usize) {
    loop {
        let byte = (n & 0x7f) as u8;
        n >>= 7;
        if n == 0 {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

fn read_leb(bytes: &mut &[u8]) -> Option<usize> {
    let mut n = 0usize;
    for shift in (0..usize::BITS).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        n |= usize::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(n);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes without a pattern, the same every time.
    fn noise(seed: u64, length: usize) -> Vec<u8> {
        let mut state = seed;
        (0..length)
            .map(|_| {
                state = state
                    .wrapping_mul(6364136223846793005)
                    .wrapping_add(1442695040888963407);
                (state >> 56) as u8
            })
            .collect()
    }

    fn round_trip(old: &[u8], new: &[u8]) -> usize {
        let delta = make(old, new);
        assert_eq!(apply(new, &delta).as_deref(), Some(old));
        delta.len()
    }

    #[test]
    fn splices_cost_little() {
        let old = noise(1, 100_000);
        let mut new = old.clone();
        new.splice(70_000..70_001, [1, 2, 3]);
        new.splice(30_000..30_020, []);
        new.splice(10..10, noise(2, 5000));
        let size = round_trip(&old, &new);
        assert!(size < 100, "{size} bytes");
    }

    #[test]
    fn edges() {
        assert_eq!(round_trip(b"", b""), 0);
        round_trip(b"", b"new");
        round_trip(b"old", b"");
        round_trip(b"short", b"shirt");
        round_trip(&noise(3, 1000), &noise(4, 1000));
        let same = noise(5, 1000);
        assert!(round_trip(&same, &same) <= 3);
    }

    #[test]
    fn a_delta_that_does_not_fit_is_none() {
        let delta = make(&noise(6, 1000), &noise(6, 1000));
        assert_eq!(apply(b"too short", &delta), None);
        assert_eq!(apply(b"", &[0xff; 20]), None);
        assert_eq!(apply(b"", &[8, 1]), None);
    }
}
