//! One cell: one option at one level, with one Emscripten.

use super::Bench;
use super::rows::{End as ExpectedEnd, Row, Task};
use crate::compare::{self, Expected};
use crate::node;
use crate::place;
use crate::process::{self, End, Outcome};
use crate::retrofit;
use crate::toolchain::{Refusal, Toolchain};
use anyhow::{Context, Result};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// No program of the matrix runs longer, on a machine that is busy.
const LIMIT: Duration = Duration::from_secs(40);

/// The ways of `exits.c`.
const WAYS: &[&str] = &[
    "return",
    "zero",
    "atexit",
    "unflushed",
    "unflushed exit",
    "exit",
    "_exit",
    "abort",
    "trap",
];

/// One cell.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a> {
    /// What compiles.
    pub toolchain: &'a Toolchain,
    /// With which option.
    pub row: &'static Row,
    /// At which level.
    pub level: &'static str,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All as expected.
    Passed,
    /// Not so, and why.
    Failed(String),
    /// This compiler has no such option: what it said.
    Absent(String),
}

impl Cell<'_> {
    /// Where its files are; they stay there to be looked at.
    pub fn folder(&self) -> PathBuf {
        let plain = |text: &str| text.replace([' ', ','], "").replace('=', "-");
        let row = plain(self.row.name);
        place::target()
            .join("matrix")
            .join(&self.toolchain.version)
            .join(row.trim_start_matches('-'))
            .join(&self.level[1..])
    }

    /// Compiles, retrofits, runs and compares.
    pub fn judge(&self, bench: &Bench) -> Result<Verdict> {
        let folder = self.folder();
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        let app = folder.join(if self.row.flags.contains(&"-sEXPORT_ES6") {
            "app.mjs"
        } else {
            "app.js"
        });
        let mut flags = vec![self.level];
        flags.extend(self.row.flags.iter().chain(self.row.task.flags()));
        let define = bench.peers.define();
        let minimal = self.row.end == ExpectedEnd::Dropped;
        flags.extend(minimal.then_some(define.as_str()));
        if let Err(refusal) = self
            .toolchain
            .compile(&place::program(self.row.task.source()), &flags, &app)?
        {
            return self.absent_or_broken(&refusal);
        }
        if let Some(name) = self.row.import
            && !imports(&fs::read(app.with_extension("wasm"))?, name)
        {
            return Ok(Verdict::Absent(format!(
                "the wasm does not import {name}: it is a stub inside"
            )));
        }
        let out = folder.join("out").join(app.file_name().unwrap_or_default());
        fs::create_dir_all(folder.join("out"))?;
        let map = self.row.import_map.map(|ending| app.with_extension(ending));
        let mut more = Vec::new();
        if let Some(map) = map.as_ref().filter(|map| map.exists()) {
            more.extend([OsStr::new("--import-map"), map.as_os_str()]);
        }
        let done = retrofit::retrofit(&app, &out, &more)?;
        if done.end != End::Exit(0) {
            let said = done.errors();
            return Ok(Verdict::Failed(format!(
                "retrofit: {}\n{}",
                done.end,
                said.lines().take(8).collect::<Vec<_>>().join("\n")
            )));
        }
        let problem = match self.row.task {
            Task::Exits => self.compare_exits(&app, &out)?,
            Task::Compute => self.compare_with_original(&app, &out, &[])?,
            task => self.compare_with_native(bench, task, &app, &out)?,
        };
        Ok(problem.map_or(Verdict::Passed, Verdict::Failed))
    }

    /// A compiler that refuses the option for an empty program too does not have it. It is the level that
    /// is tried as well: some options exist at some levels only.
    fn absent_or_broken(&self, refusal: &Refusal) -> Result<Verdict> {
        let folder = self.folder().join("probe");
        fs::create_dir_all(&folder)?;
        let source = folder.join(if self.row.task == Task::Unwind {
            "empty.cpp"
        } else {
            "empty.c"
        });
        fs::write(&source, "int main(void) { return 0; }\n")?;
        let mut flags = vec![self.level];
        flags.extend(self.row.flags);
        Ok(
            match self.toolchain.compile(&source, &flags, &folder.join("empty.js"))? {
                Err(probe) if probe.is_of_the_option() => Verdict::Absent(probe.reason().to_owned()),
                _ => Verdict::Failed(format!("emcc: {}", refusal.text)),
            },
        )
    }

    fn run(&self, app: &Path, arguments: &[String]) -> Result<Outcome> {
        let mut command = node::command(app, self.row.start, &self.toolchain.version, arguments)?;
        process::run(&mut command, LIMIT).context("node")
    }

    fn compare_with_native(&self, bench: &Bench, task: Task, app: &Path, out: &Path) -> Result<Option<String>> {
        let arguments = bench.peers.arguments();
        let native = bench.native(task).context("a native build")?;
        let native = process::run(Command::new(native).args(&arguments), LIMIT)?;
        let expected = Expected {
            output: native.output(),
            end: match self.row.end {
                ExpectedEnd::Dropped => End::Exit(0),
                ExpectedEnd::InPage if self.toolchain.version != "3.1.6" => End::Exit(0),
                ExpectedEnd::InPage | ExpectedEnd::Returned => native.end,
            },
        };
        // The test can fail: the program as it was compiled does not do what it does after the retrofit.
        if self.row.name == "plain" && compare::difference(&expected, &self.run(app, &arguments)?).is_none() {
            return Ok(Some("the program passes without a retrofit: this tests nothing".into()));
        }
        let got = self.run(out, &arguments)?;
        fs::write(self.folder().join("expected.txt"), &expected.output)?;
        fs::write(self.folder().join("got.txt"), &got.stdout)?;
        fs::write(self.folder().join("stderr.txt"), &got.stderr)?;
        Ok(compare::difference(&expected, &got))
    }

    fn compare_with_original(&self, app: &Path, out: &Path, arguments: &[String]) -> Result<Option<String>> {
        let (before, after) = (self.run(app, arguments)?, self.run(out, arguments)?);
        let expected = Expected {
            output: with_errors(&before),
            end: before.end,
        };
        let got = Outcome {
            stdout: with_errors(&after).into_bytes(),
            ..after
        };
        Ok(compare::difference(&expected, &got))
    }

    fn compare_exits(&self, app: &Path, out: &Path) -> Result<Option<String>> {
        let mut problems = String::new();
        for way in WAYS {
            for arguments in [vec![(*way).to_owned()], vec![(*way).to_owned(), "wait".to_owned()]] {
                if let Some(problem) = self.compare_with_original(app, out, &arguments)? {
                    problems.push_str(&format!("{}: {problem}", arguments.join(", ")));
                }
            }
        }
        Ok(Some(problems).filter(|problems| !problems.is_empty()))
    }
}

/// Whether a wasm imports `env.name`: both names with their lengths before, as the import section has them.
fn imports(wasm: &[u8], name: &str) -> bool {
    let entry = [b"\x03env", &[name.len() as u8][..], name.as_bytes()].concat();
    wasm.windows(entry.len()).any(|window| window == entry)
}

/// What a program printed, with those lines of its standard error that are its own or its glue's words; stack
/// traces and the source lines that node prints differ by nature.
fn with_errors(outcome: &Outcome) -> String {
    let errors = outcome.errors();
    let own = errors
        .lines()
        .filter(|line| *line == "to stderr" || line.starts_with("Aborted("));
    own.fold(outcome.output() + "-- stderr\n", |text, line| text + line + "\n")
}
