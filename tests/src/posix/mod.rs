//! Small C programs, each of which asks one question: what they print on Linux is what they have to print retrofitted.
//!
//! A program is a file of `tests/posix`, whose first line is a comment that says the question. On Linux each is
//! compiled by itself. For wasm all of them are linked into one app, which runs the program that its argument names:
//! linking is what takes its time. Each still runs in a process of its own.

mod build;
mod differences;
mod expected;

pub use build::Build;
pub use differences::Differences;

use crate::chromium;
use crate::compare;
use crate::node::{self, Start};
use crate::place;
use crate::process;
use anyhow::{Context, Result, bail};
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// No program runs longer, on a machine that is busy.
pub const LIMIT: Duration = Duration::from_secs(30);

/// A program that is known to differ in a browser and does not end is given up earlier.
const DIFFERING_LIMIT: Duration = Duration::from_secs(10);

/// One program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its file's name without the ending: letters, digits and underscores.
    pub name: String,
    /// What it asks.
    pub question: String,
    /// What not every Emscripten links, if it calls such a thing: its second line says so.
    pub needs: Option<String>,
    source: String,
}

/// What an app runs on.
pub enum Platform<'a> {
    /// Node; the app's glue.
    Node(&'a Path),
    /// A browser; the installed app.
    Chromium(&'a chromium::App<'a>),
}

/// What came of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As on Linux.
    Passed,
    /// Not as on Linux, and the list of differences says why.
    Known,
    /// Wrong, and in what.
    Failed(String),
}

/// The folder of the programs.
pub fn folder() -> PathBuf {
    place::tests().join("posix")
}

/// Where build products go, and what programs printed.
fn products() -> PathBuf {
    place::target().join("posix")
}

/// All programs, by name.
pub fn programs() -> Result<Vec<Program>> {
    let mut programs = Vec::new();
    for entry in fs::read_dir(folder())? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "c") {
            programs.push(Program::read(&path).with_context(|| path.display().to_string())?);
        }
    }
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(programs)
}

/// The headers that programs include: names and contents, by name.
fn headers() -> Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    for entry in fs::read_dir(folder())? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "h") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            headers.push((name, fs::read_to_string(&path)?));
        }
    }
    headers.sort();
    Ok(headers)
}

/// Tells whether something was made of the same: equal for equal values, with one build of these tests.
fn key(of: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

impl Program {
    fn read(path: &Path) -> Result<Program> {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || !name.chars().all(plain) {
            bail!("a program's name is made of a-z, 0-9 and _");
        }
        let source = fs::read_to_string(path)?;
        let first = source.lines().next().unwrap_or_default();
        let question = first
            .strip_prefix("/* ")
            .and_then(|rest| rest.strip_suffix(" */"))
            .context("its first line has to be a comment that says what it asks")?;
        let needs = source
            .lines()
            .nth(1)
            .and_then(|line| line.strip_prefix("/* needs: ")?.strip_suffix(" */"));
        Ok(Program {
            question: question.into(),
            needs: needs.map(str::to_owned),
            name,
            source,
        })
    }

    /// Runs the program on `platform`, which has the app that it was linked into, retrofitted already; compares, and keeps
    /// what it printed in `folder`.
    pub fn judge(&self, build: &Build, on: &Platform, folder: &Path, differences: &Differences) -> Result<Verdict> {
        let expected = expected::expected(self)?;
        let arguments = [self.name.clone()];
        let known = differences.reason(&self.name, &build.toolchain.version);
        let mut misbehaviour = None;
        let got = match on {
            Platform::Node(app) => {
                let mut command = node::command(app, Start::Script, &build.toolchain.version, &arguments)?;
                process::run(&mut command, LIMIT)?
            }
            Platform::Chromium(app) => {
                // Many of those that differ wait for an end that never comes.
                let limit = if known.is_some() { DIFFERING_LIMIT } else { LIMIT };
                let told = app.run(&arguments, limit)?;
                // A program may end as expected and leave this behind: no reason excuses it.
                misbehaviour = told.problems.first().cloned();
                told.outcome()
            }
        };
        fs::write(folder.join(format!("{}.got", self.name)), &got.stdout)?;
        fs::write(folder.join(format!("{}.stderr", self.name)), &got.stderr)?;
        if let Some(problem) = misbehaviour {
            return Ok(Verdict::Failed(problem));
        }
        Ok(match (compare::difference(&expected, &got), known) {
            (None, None) => Verdict::Passed,
            (None, Some(_)) if differences.may_pass(&self.name) => Verdict::Passed,
            (Some(_), Some(_)) => Verdict::Known,
            (Some(difference), None) => Verdict::Failed(difference),
            (None, Some(reason)) => Verdict::Failed(format!("it passes, but the list of differences says: {reason}")),
        })
    }
}
