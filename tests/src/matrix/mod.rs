//! Every option at every level: compiled, retrofitted, run, and compared with the native build.

mod cell;
mod report;
mod rows;

pub use cell::{Cell, Verdict};
pub use report::Report;
pub use rows::{End, LEVELS, ROWS, Row, Task};

use crate::native;
use crate::parallel;
use crate::peers::Peers;
use crate::place;
use crate::toolchain::Toolchain;
use anyhow::Result;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What all cells share: the peers, and the native builds.
pub struct Bench {
    peers: Peers,
    natives: BTreeMap<Task, PathBuf>,
}

impl Bench {
    /// Starts the peers and builds the programs for Linux.
    pub fn new() -> Result<Bench> {
        let folder = place::target().join("matrix/native");
        fs::create_dir_all(&folder)?;
        let mut natives = BTreeMap::new();
        for task in ROWS.iter().map(|row| row.task) {
            if let (Some(defines), false) = (task.native_defines(), natives.contains_key(&task)) {
                let output = folder.join(format!("{task:?}"));
                native::compile(&place::program(task.source()), defines, &output)?;
                natives.insert(task, output);
            }
        }
        Ok(Bench {
            peers: Peers::start()?,
            natives,
        })
    }

    fn native(&self, task: Task) -> Option<&Path> {
        self.natives.get(&task).map(PathBuf::as_path)
    }
}

/// Judges the cells, some at a time, and tells of each as it is done. The answers are in the order of `cells`.
pub fn judge(bench: &Bench, cells: &[Cell<'_>], told: &(dyn Fn(&Cell<'_>, &Verdict) + Sync)) -> Vec<Verdict> {
    parallel::map(cells, |cell| {
        let verdict = cell
            .judge(bench)
            .unwrap_or_else(|error| Verdict::Failed(format!("{error:#}")));
        told(cell, &verdict);
        verdict
    })
}

/// The cells of one toolchain, row by row.
pub fn cells<'a>(toolchain: &'a Toolchain, rows: &[&'static Row], levels: &[&'static str]) -> Vec<Cell<'a>> {
    let row_cells = |row: &'static Row| levels.iter().map(move |level| Cell { toolchain, row, level });
    rows.iter().copied().flat_map(row_cells).collect()
}
