//! The patch series that adds `-sDIRECT_SOCKETS` to an Emscripten tree, and what applies it.
//!
//! The series is a few small edits, each a file in `series/` ([`Edit`]). An edit says where it goes by structure (after
//! a variable, before a statement of a function), so that one edit fits many versions. [`Tree`] finds the places in a
//! tree, and applies, reverts or shows the series there. Every insertion stands between two marker lines ([`block`])
//! that carry the hash of what is between them: reverting takes out what is between markers, and nothing that
//! somebody changed there since is overwritten.
//!
//! # Caveats
//! Python's `__pycache__` is no part of the tree. What happens if the machine dies between two renames: some edits are
//! in, some are not; `status` shows it, and applying or reverting again completes it.

pub mod block;
mod edit;
mod error;
mod render;
mod sections;
mod series;
mod staged;
mod structure;
mod tree;

pub use edit::{Anchor, Edit, Place, Side, Target};
pub use error::Error;
pub use render::Format;
pub use series::series;
pub use tree::{Change, State, TESTED, Tree};
