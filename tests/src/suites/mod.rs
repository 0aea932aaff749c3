//! Suites that nobody here wrote, out of Debian's source packages.
//!
//! `scripts/setup` unpacks the sources into its cache; nothing of theirs is kept in this repository but names of files and
//! of tests. A test passes if it does retrofitted what it does on Linux. Those that do not have a line in
//! `tests/suites/SUITE.txt` that says why: one that is missing there and one that is there for nothing both fail the run.

pub mod emscripten;
mod known;
pub mod libuv;

pub use known::Known;

use crate::place;
use anyhow::{Result, bail};
use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;

/// One test of a suite, once it has been run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It passes.
    Passed,
    /// It does not, and in what way.
    Failed(String),
    /// Nothing can be said: it does not apply to this machine, as it says on Linux itself.
    Untold(String),
}

/// What an outcome means, once the list of the known has been asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It passes.
    Passed,
    /// It fails, and the list says why.
    Known(String),
    /// It is not run, or says nothing, and why.
    Out(String),
    /// It fails and should not, or passes and should not.
    Wrong(String),
}

/// The verdicts of one suite with one Emscripten, to be printed.
pub struct Report {
    /// What it is.
    pub title: String,
    /// Each test's name and verdict.
    pub verdicts: Vec<(String, Verdict)>,
}

impl Report {
    fn count(&self, wanted: fn(&Verdict) -> bool) -> usize {
        self.verdicts.iter().filter(|(_, verdict)| wanted(verdict)).count()
    }

    /// How many passed.
    pub fn passed(&self) -> usize {
        self.count(|verdict| *verdict == Verdict::Passed)
    }

    /// How many are not as they should be.
    pub fn wrong(&self) -> usize {
        self.count(|verdict| matches!(verdict, Verdict::Wrong(_)))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} pass, {} fail as listed, {} out, {} wrong",
            self.title,
            self.passed(),
            self.count(|verdict| matches!(verdict, Verdict::Known(_))),
            self.count(|verdict| matches!(verdict, Verdict::Out(_))),
            self.wrong()
        )?;
        for (name, verdict) in &self.verdicts {
            match verdict {
                Verdict::Passed => {}
                Verdict::Known(reason) => writeln!(f, "  fails: {name}: {reason}")?,
                Verdict::Out(reason) => writeln!(f, "  out: {name}: {reason}")?,
                Verdict::Wrong(reason) => {
                    writeln!(f, "  WRONG: {name}:")?;
                    for line in reason.trim_end().lines() {
                        writeln!(f, "    {line}")?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// The folder of our lists.
fn lists() -> PathBuf {
    place::tests().join("suites")
}

/// Where a suite's sources are unpacked.
pub(crate) fn unpacked(name: &str, more: &str) -> Result<PathBuf> {
    let folder = place::cache().join("suites").join(name);
    if !folder.join(".complete").exists() {
        bail!("no {name} in {}: run scripts/setup{more}", folder.display());
    }
    Ok(folder)
}

/// Removes a folder of an earlier run, if there is one, and makes it anew.
fn emptied(folder: PathBuf) -> Result<PathBuf> {
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => fs::create_dir_all(&folder)?,
    }
    Ok(folder)
}

/// The end of what a program said, for a reader.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty() && line.len() < 400)
        .collect();
    lines[lines.len().saturating_sub(8)..].join("\n")
}
