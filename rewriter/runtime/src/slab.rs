//! Handles that the other side may hold longer than it should: a number names a place and its generation, so that one
//! that is stale finds nothing, rather than somebody else's state.

use alloc::vec::Vec;

use crate::constants::limit;
use crate::errno::Errno;

/// Bits of a handle that are its place plus one; the 15 above are the generation, the sign bit stays free.
const PLACE_BITS: u32 = 16;
const PLACE_MASK: u32 = (1 << PLACE_BITS) - 1;
const GENERATION_MASK: u32 = 0x7fff;

struct Place<T> {
    generation: u32,
    value: Option<T>,
}

/// Values by handle. A handle is never 0 and fits a positive `i32`.
pub struct Slab<T> {
    places: Vec<Place<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Slab {
            places: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Slab<T> {
    /// Keeps a value; `ENOBUFS` if there are too many or memory is short.
    pub fn insert(&mut self, value: T) -> Result<u32, Errno> {
        if let Some(index) = self.free.pop()
            && let Some(place) = self.places.get_mut(index as usize)
        {
            place.value = Some(value);
            return Ok(handle(index, place.generation));
        }
        let index = self.places.len();
        if index >= limit::HANDLES {
            return Err(Errno::NOBUFS);
        }
        self.places.try_reserve(1).map_err(|_| Errno::NOBUFS)?;
        // So that a removal, which cannot fail, needs no memory.
        self.free.try_reserve(index + 1).map_err(|_| Errno::NOBUFS)?;
        self.places.push(Place {
            generation: 0,
            value: Some(value),
        });
        Ok(handle(index as u32, 0))
    }

    /// The value of a handle, if it is still that one's.
    pub fn get(&self, handle: u32) -> Option<&T> {
        let place = self.places.get(index(handle)?)?;
        if place.generation == generation(handle) {
            place.value.as_ref()
        } else {
            None
        }
    }

    /// The same, to change it.
    pub fn get_mut(&mut self, handle: u32) -> Option<&mut T> {
        let place = self.places.get_mut(index(handle)?)?;
        if place.generation == generation(handle) {
            place.value.as_mut()
        } else {
            None
        }
    }

    /// Takes the value out; its handle is stale from now on.
    pub fn remove(&mut self, handle: u32) -> Option<T> {
        let index = index(handle)?;
        let place = self.places.get_mut(index)?;
        if place.generation != generation(handle) {
            return None;
        }
        let value = place.value.take()?;
        place.generation = (place.generation + 1) & GENERATION_MASK;
        self.free.push(index as u32);
        Some(value)
    }

    /// All handles and values, by place.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.places.iter().enumerate().filter_map(|(index, place)| {
            place
                .value
                .as_ref()
                .map(|value| (handle(index as u32, place.generation), value))
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn handle(index: u32, generation: u32) -> u32 {
    generation << PLACE_BITS | (index + 1)
}

fn index(handle: u32) -> Option<usize> {
    (handle & PLACE_MASK).checked_sub(1).map(|index| index as usize)
}

fn generation(handle: u32) -> u32 {
    handle >> PLACE_BITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_handle_finds_nothing() {
        let mut slab = Slab::default();
        let first = slab.insert('a').unwrap();
        assert_eq!(slab.remove(first), Some('a'));
        let second = slab.insert('b').unwrap();
        assert_ne!(first, second);
        assert_eq!(slab.get(first), None);
        assert_eq!(slab.remove(first), None);
        assert_eq!(slab.get(second), Some(&'b'));
    }

    #[test]
    #[cfg_attr(miri, ignore = "minutes there, and nothing that others do not do")]
    fn handles_are_positive_and_bounded() {
        let mut slab = Slab::default();
        for _ in 0..limit::HANDLES {
            assert!(slab.insert(()).unwrap() as i32 > 0);
        }
        assert_eq!(slab.insert(()), Err(Errno::NOBUFS));
        assert_eq!(slab.get(0), None);
    }
}
