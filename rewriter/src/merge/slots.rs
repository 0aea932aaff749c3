//! Which host import goes into which slot.
//!
//! A replaced import whose original nobody calls any more leaves a slot in the function index space. The
//! host's imports go into these, in rising order, so that every other function keeps its index. Those
//! that find no slot are added behind the program's imports, and everything behind them moves.

use crate::plan::{By, Plan};
use direct_sockets_runtime::interface::Kind;

/// The outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Slots {
    /// The function index of each host import.
    pub(super) assigned: Vec<u32>,
    /// How many of them are added behind the program's imports.
    pub(super) added: u32,
    /// Slots left over: they keep their import, which nobody calls.
    pub(super) left: u32,
}

/// Gives each of `wanted` host imports a function index.
pub(super) fn assign(plan: &Plan, imported_functions: u32, wanted: usize) -> Slots {
    let mut free = free(plan);
    let left = free.split_off(free.len().min(wanted));
    let added = (wanted - free.len()) as u32;
    let behind = (0..added).map(|index| imported_functions.saturating_add(index));
    Slots {
        assigned: free.iter().copied().chain(behind).collect(),
        added,
        left: left.len() as u32,
    }
}

/// The imports that are replaced and whose original is not needed, rising.
fn free(plan: &Plan) -> Vec<u32> {
    let originals = &plan.originals;
    let kept = [
        originals.socket,
        originals.close,
        originals.fcntl,
        originals.poll,
        originals.select,
        originals.malloc,
        originals.free,
        originals.set_threw,
    ];
    let callees = |by: &By| match by {
        By::Invoke { callee } => *callee,
        By::Thunk(_) => None,
    };
    let mut free: Vec<u32> = plan
        .replacements
        .iter()
        .filter(|replacement| match &replacement.by {
            By::Thunk(entry) => entry.kind == Kind::Always,
            By::Invoke { .. } => true,
        })
        .map(|replacement| replacement.import)
        .filter(|import| !kept.contains(&Some(*import)))
        .filter(|import| {
            plan.replacements
                .iter()
                .all(|other| callees(&other.by) != Some(*import))
        })
        .collect();
    free.sort_unstable();
    free.dedup();
    free
}
