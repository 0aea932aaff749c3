//! Who may be answered: a UDP server does not know beforehand who will ask.

use alloc::collections::VecDeque;

use crate::constants::limit;
use crate::interface::Endpoint;

/// The latest senders of a socket that is bound where the program may receive.
#[derive(Debug, Default)]
pub struct Heard {
    latest: VecDeque<Endpoint>,
}

impl Heard {
    /// Somebody was heard.
    pub fn hear(&mut self, from: Endpoint) {
        let from = from.unmapped().with_scope(0);
        if self.latest.back() == Some(&from) {
            return;
        }
        if let Some(place) = self.latest.iter().position(|other| *other == from) {
            self.latest.remove(place);
        }
        if self.latest.len() >= limit::HEARD {
            self.latest.pop_front();
        }
        // Without memory for it, it is not answered.
        if self.latest.try_reserve(1).is_ok() {
            self.latest.push_back(from);
        }
    }

    /// Whether somebody was heard, and not too many others since.
    pub fn has(&self, to: Endpoint) -> bool {
        self.latest.contains(&to.unmapped().with_scope(0))
    }
}
