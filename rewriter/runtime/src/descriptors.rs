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
#[derive(Default)]
pub struct Descriptors {
    by_number: Vec<Option<Descriptor>>,
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
        Ok(self.by_number[place].replace(descriptor))
    }

    /// The number means nothing from now on.
    pub fn remove(&mut self, fd: i32) -> Option<Descriptor> {
        self.by_number.get_mut(usize::try_from(fd).ok()?)?.take()
    }

    /// The lowest number from `least` on that means nothing; `EMFILE` if there is none.
    pub fn free(&self, least: i32) -> Result<i32, Errno> {
        let from = usize::try_from(least).map_err(|_| Errno::MFILE)?;
        let used = self.by_number.get(from..).unwrap_or_default();
        let free = from + used.iter().position(Option::is_none).unwrap_or(used.len());
        match free < limit::DESCRIPTORS as usize {
            true => Ok(free as i32),
            false => Err(Errno::MFILE),
        }
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
