//! DWARF: the custom sections `.debug_*`, whose addresses are offsets into the code section.

use super::offsets::OffsetMap;
use super::program::Program;
use std::collections::BTreeMap;

/// Whether a custom section is one of DWARF's.
pub(super) fn is_debug(name: &str) -> bool {
    name.starts_with(".debug_")
}

/// The sections for the code as it is now, by name. `None`: they are right as they are.
pub(super) fn corrected(
    _program: &Program<'_>,
    offsets: &OffsetMap,
    _warnings: &mut Vec<String>,
) -> Option<BTreeMap<String, Vec<u8>>> {
    offsets.moved().then(BTreeMap::new)
}
