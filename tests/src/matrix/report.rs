//! The table.

use super::{Cell, Verdict};
use std::collections::BTreeMap;
use std::fmt;

/// The verdicts of one toolchain, to be printed.
pub struct Report<'a> {
    /// The cells, row by row.
    pub cells: &'a [Cell<'a>],
    /// What came of each.
    pub verdicts: &'a [Verdict],
}

impl Report<'_> {
    fn pairs(&self) -> impl Iterator<Item = (&Cell<'_>, &Verdict)> {
        self.cells.iter().zip(self.verdicts)
    }

    /// How many passed.
    pub fn passed(&self) -> usize {
        self.verdicts
            .iter()
            .filter(|verdict| **verdict == Verdict::Passed)
            .count()
    }

    /// How many failed.
    pub fn failed(&self) -> usize {
        self.verdicts
            .iter()
            .filter(|verdict| matches!(verdict, Verdict::Failed(_)))
            .count()
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut levels: Vec<&str> = Vec::new();
        for cell in self.cells {
            if !levels.contains(&cell.level) {
                levels.push(cell.level);
            }
        }
        let version = self.cells.first().map_or("", |cell| cell.toolchain.version.as_str());
        write!(f, "{:30}", format!("emcc {version}"))?;
        levels.iter().try_for_each(|level| write!(f, "{level:>6}"))?;
        let mut row = "";
        for (cell, verdict) in self.pairs() {
            if cell.row.name != row {
                row = cell.row.name;
                write!(f, "\n{row:30}")?;
            }
            let word = match verdict {
                Verdict::Passed => "ok",
                Verdict::Failed(_) => "FAIL",
                Verdict::Absent(_) => "n/a",
            };
            write!(f, "{word:>6}")?;
        }
        writeln!(f)?;
        let mut reasons: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
        for (cell, verdict) in self.pairs() {
            if let Verdict::Absent(reason) = verdict {
                reasons.entry((cell.row.name, reason)).or_default().push(cell.level);
            }
        }
        for ((row, reason), levels) in reasons {
            writeln!(f, "n/a: {row} {}: {reason}", levels.join(" "))?;
        }
        for (cell, verdict) in self.pairs() {
            if let Verdict::Failed(reason) = verdict {
                writeln!(
                    f,
                    "FAIL: {} {}, files in {}",
                    cell.row.name,
                    cell.level,
                    cell.folder().display()
                )?;
                reason
                    .trim_end()
                    .lines()
                    .try_for_each(|line| writeln!(f, "    {line}"))?;
            }
        }
        Ok(())
    }
}
