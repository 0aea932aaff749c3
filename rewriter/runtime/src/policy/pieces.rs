//! The pieces of an item, each with the place where it begins.

use super::Reason;

/// Where in an item, and what is wrong there.
pub(super) type Flaw = (usize, Reason);

/// A piece of an item.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    /// Its text.
    pub(super) text: &'a str,
    /// The byte of the item at which it begins.
    pub(super) at: usize,
}

impl<'a> Piece<'a> {
    /// A whole item.
    pub(super) fn whole(text: &'a str) -> Piece<'a> {
        Piece { text, at: 0 }
    }

    /// What is before and after a separator.
    pub(super) fn split(self, separator: char) -> Option<(Piece<'a>, Piece<'a>)> {
        let place = self.text.find(separator)?;
        Some(self.cut(place, separator.len_utf8()))
    }

    /// What is before and after the last separator.
    pub(super) fn split_last(self, separator: char) -> Option<(Piece<'a>, Piece<'a>)> {
        let place = self.text.rfind(separator)?;
        Some(self.cut(place, separator.len_utf8()))
    }

    fn cut(self, place: usize, separator: usize) -> (Piece<'a>, Piece<'a>) {
        let (before, after) = (&self.text[..place], &self.text[place + separator..]);
        (
            Piece { text: before, ..self },
            Piece {
                text: after,
                at: self.at + place + separator,
            },
        )
    }

    /// It is wrong.
    pub(super) fn flaw(self, reason: Reason) -> Flaw {
        (self.at, reason)
    }

    /// A port. `from_str` would take a sign.
    pub(super) fn port(self, reason: Reason) -> Result<u16, Flaw> {
        match self.text.bytes().all(|digit| digit.is_ascii_digit()) {
            true => self.text.parse().map_err(|_| self.flaw(reason)),
            false => Err(self.flaw(reason)),
        }
    }
}
