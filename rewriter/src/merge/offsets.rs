//! Where an instruction of the program is in the output.
//!
//! Splicing only ever widens immediates, sizes and the section's count, so the map is monotonic: a few
//! places at which the distance between old and new grows.

use std::ops::Range;

/// Old offsets of code to new ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetMap {
    /// The contents of the code section in the program's file.
    old: Range<u64>,
    /// Where they begin in the output's file.
    new_start: u64,
    /// Old and new offset from the section's start, where the distance changes.
    steps: Vec<(u32, u32)>,
}

impl OffsetMap {
    pub(super) fn new(old: Range<u64>) -> Self {
        OffsetMap {
            old,
            new_start: 0,
            steps: Vec::new(),
        }
    }

    /// The contents of the code section begin here in the output's file.
    pub(super) fn starts_at(&mut self, offset: usize) {
        self.new_start = offset as u64;
    }

    /// From `old` on (counted from the section's start), code is at `new`. Called with rising offsets.
    pub(super) fn step(&mut self, old: u32, new: u32) {
        let distance = |(old, new): (u32, u32)| new.wrapping_sub(old);
        let last = self.steps.last().copied().unwrap_or((0, 0));
        if distance(last) != distance((old, new)) {
            self.steps.push((old, new));
        }
    }

    /// Code has moved inside its section.
    pub fn moved(&self) -> bool {
        !self.steps.is_empty()
    }

    /// The new offset of an old one, both counted from the start of the code section's contents, as DWARF
    /// counts. `None`: not in the code section.
    pub fn in_code(&self, old: u64) -> Option<u64> {
        (old <= self.old.end - self.old.start).then(|| {
            let step = self.steps.partition_point(|(from, _)| u64::from(*from) <= old);
            let (from, to) = step.checked_sub(1).map_or((0, 0), |last| self.steps[last]);
            old - u64::from(from) + u64::from(to)
        })
    }

    /// The new offset of an old one, both counted from the start of the file, as source maps count. `None`:
    /// not in the code section.
    pub fn in_file(&self, old: u64) -> Option<u64> {
        Some(self.in_code(old.checked_sub(self.old.start)?)? + self.new_start)
    }
}
