//! The descriptors that are ours: numbers that the program's own file system reserved for us, and the open socket that
//! each stands for. Several may stand for the same one.

use alloc::vec::Vec;

use crate::constants::limit;
use crate::errno::Errno;

/// A descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// Handle of the socket.
    pub socket: u32,
    /// `FD_CLOEXEC`, which only `fcntl` ever shows.
    pub close_on_exec: bool,
}

/// All of them, by number.
pub struct Descriptors {
    by_number: Vec<Option<Descriptor>>,
    /// From [`limit::FILES`] up to here all numbers are in use.
    used_up_to: i32,
}

impl Default for Descriptors {
    fn default() -> Self {
        Descriptors {
            by_number: Vec::new(),
            used_up_to: limit::FILES,
        }
    }
}

impl Descriptors {
    /// The one with this number.
    pub fn get(&self, fd: i32) -> Option<Descriptor> {
        *self.by_number.get(usize::try_from(fd).ok()?)?
    }

    /// The same, to change it.
    pub fn get_mut(&mut self, fd: i32) -> Option<&mut Descriptor> {
        self.by_number.get_mut(usize::try_from(fd).ok()?)?.as_mut()
    }

    /// Gives a reserved number a meaning. `ENFILE` if the number is out of reach or memory is short. Answers what it
    /// stood for before, which can only be if somebody freed the number behind our back.
    pub fn set(&mut self, fd: i32, descriptor: Descriptor) -> Result<Option<Descriptor>, Errno> {
        let place = usize::try_from(fd).map_err(|_| Errno::NFILE)?;
        if fd as u32 >= limit::DESCRIPTORS {
            return Err(Errno::NFILE);
        }
        if place >= self.by_number.len() {
            let more = place + 1 - self.by_number.len();
            self.by_number.try_reserve(more).map_err(|_| Errno::NFILE)?;
            self.by_number.resize(place + 1, None);
        }
        if fd == self.used_up_to {
            self.used_up_to += 1;
        }
        Ok(self.by_number[place].replace(descriptor))
    }

    /// The number means nothing from now on.
    pub fn remove(&mut self, fd: i32) -> Option<Descriptor> {
        if fd >= limit::FILES {
            self.used_up_to = self.used_up_to.min(fd);
        }
        self.by_number.get_mut(usize::try_from(fd).ok()?)?.take()
    }

    /// The lowest number from `least`, which is at least [`limit::FILES`], on that means nothing; `EMFILE` if there is none.
    pub fn free(&self, least: i32) -> Result<i32, Errno> {
        (least.max(self.used_up_to)..limit::DESCRIPTORS as i32)
            .find(|&fd| self.get(fd).is_none())
            .ok_or(Errno::MFILE)
    }

    /// The lowest number that stands for a socket.
    pub fn number_of(&self, socket: u32) -> Option<i32> {
        let stands_for = |place: &Option<Descriptor>| place.is_some_and(|descriptor| descriptor.socket == socket);
        self.by_number.iter().position(stands_for).map(|place| place as i32)
    }

    /// How many numbers stand for a socket.
    pub fn numbers_of(&self, socket: u32) -> usize {
        let descriptors = self.by_number.iter().flatten();
        descriptors.filter(|descriptor| descriptor.socket == socket).count()
    }

    /// All numbers in use.
    pub fn numbers(&self) -> Vec<i32> {
        (0..self.by_number.len() as i32)
            .filter(|&fd| self.get(fd).is_some())
            .collect()
    }
}
