//! What folded stubs leave behind in code that has no names.

use super::table::ENOPROTOOPT;
use wasmparser::Operator;

/// What folded stubs leave behind: a constant given to `__syscall_ret` (-ENOPROTOOPT), or, where that is inlined too,
/// stored into `errno`, whose address shows in each system call that is not folded: `errno = 0 - answer`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    given: bool,
    /// Addresses at which ENOPROTOOPT is stored.
    stored: Vec<i32>,
    /// The addresses of `errno`.
    errno: Vec<i32>,
}

/// How many addresses are noted.
const MAX_ADDRESSES: usize = 64;

impl Traces {
    /// Whether something fails as a folded setsockopt does.
    pub(super) fn fails_with_enoprotoopt(&self) -> bool {
        self.given || self.stored.iter().any(|address| self.errno.contains(address))
    }

    /// Adds what was found elsewhere.
    pub(super) fn join(&mut self, other: Traces) {
        self.given |= other.given;
        other
            .stored
            .into_iter()
            .for_each(|address| note(&mut self.stored, address));
        other
            .errno
            .into_iter()
            .for_each(|address| note(&mut self.errno, address));
    }
}

fn note(addresses: &mut Vec<i32>, address: i32) {
    if addresses.len() < MAX_ADDRESSES && !addresses.contains(&address) {
        addresses.push(address);
    }
}

/// The last operators of a body, as far as [`Traces`] needs them.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::discover) struct Window([Seen; 4]);

#[derive(Clone, Copy, Debug, Default)]
enum Seen {
    #[default]
    Other,
    Constant(i32),
    Get,
    Subtract,
}

impl Window {
    /// Takes the next operator of the body.
    pub(in crate::discover) fn see(&mut self, operator: &Operator<'_>, traces: &mut Traces) {
        let [first, second, third, fourth] = self.0;
        let seen = match operator {
            Operator::I32Const { value } => Seen::Constant(*value),
            Operator::LocalGet { .. } => Seen::Get,
            Operator::I32Sub => Seen::Subtract,
            Operator::Call { .. } => {
                traces.given |= matches!(fourth, Seen::Constant(value) if value == -ENOPROTOOPT);
                Seen::Other
            }
            Operator::I32Store { .. } => {
                match (first, second, third, fourth) {
                    (Seen::Constant(address), Seen::Constant(0), Seen::Get, Seen::Subtract) => {
                        note(&mut traces.errno, address);
                    }
                    (_, _, Seen::Constant(address), Seen::Constant(ENOPROTOOPT)) => note(&mut traces.stored, address),
                    _ => {}
                }
                Seen::Other
            }
            _ => Seen::Other,
        };
        self.0 = [second, third, fourth, seen];
    }
}
