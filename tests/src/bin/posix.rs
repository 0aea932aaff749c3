//! Runs the programs of `tests/posix` on Linux and retrofitted, and compares.

use anyhow::{Context, Result, bail};
use clap::{Parser, ValueEnum};
use direct_sockets_tests::chromium::{self, Chromium};
use direct_sockets_tests::posix::{self, Build, Differences, Platform, Program, Verdict};
use direct_sockets_tests::{parallel, retrofit, toolchain};
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

/// Run small C programs on Linux and retrofitted, and compare what they print.
#[derive(Parser)]
struct Arguments {
    /// What to run them in
    #[arg(long = "in", value_enum, default_value_t = Where::Node)]
    place: Where,
    /// An Emscripten: 3.1.6 (if none is named), 3.1.69, 6.0.5
    #[arg(long, value_name = "VERSION")]
    toolchain: Vec<String>,
    /// Only the program of this name
    #[arg(long, value_name = "NAME")]
    program: Vec<String>,
}

/// So many pages are open at a time.
const PAGES: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Where {
    /// Node 26
    Node,
    /// A dedicated worker of an Isolated Web App in Chromium
    Chromium,
    /// The page of one
    Window,
}

impl Where {
    /// What is known to differ there, and how many lines that may be.
    fn differences(self) -> (&'static str, usize) {
        match self {
            Where::Node => ("differences.txt", 10),
            Where::Chromium | Where::Window => ("differences-chromium.txt", 25),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Where::Node => "node",
            Where::Chromium => "chromium",
            Where::Window => "window",
        }
    }
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let all = posix::programs()?;
    let programs = chosen(&all, &arguments.program)?;
    let chosen_count = programs.len();
    let (list, most) = arguments.place.differences();
    let differences = fs::read_to_string(posix::folder().join(list)).context(list)?;
    let differences = Differences::parse(&differences, &all, most).context(list)?;
    let toolchains = toolchain::named(&arguments.toolchain)?;
    retrofit::executable()?;
    let (mut passed, mut failed) = (0, 0);
    for build in toolchains.iter().flat_map(Build::all) {
        let start = Instant::now();
        let programs: Vec<&Program> = programs
            .iter()
            .copied()
            .filter(|program| build.links(program))
            .collect();
        let left_out = chosen_count - programs.len();
        if left_out > 0 {
            println!("{}: {left_out} need what it does not link", build.name());
        }
        if programs.is_empty() {
            continue;
        }
        let app = build
            .make(&programs, arguments.program.is_empty())
            .with_context(|| build.name())?;
        let folder = app
            .parent()
            .context("an app has a folder")?
            .join(arguments.place.name());
        fs::create_dir_all(&folder)?;
        let judge = |program: &&Program, on: &Platform| {
            program
                .judge(&build, on, &folder, &differences)
                .unwrap_or_else(|error| Verdict::Failed(format!("{error:#}")))
        };
        let in_chromium = |place| -> Result<Vec<Verdict>> {
            let chromium = Chromium::start()?;
            let app = chromium.install(&app, place)?;
            let on = Platform::Chromium(&app);
            Ok(parallel::map_at_a_time(PAGES, &programs, |program| judge(program, &on)))
        };
        let verdicts = match arguments.place {
            Where::Node => parallel::map(&programs, |program| judge(program, &Platform::Node(&app))),
            Where::Chromium => in_chromium(chromium::Place::Worker)?,
            Where::Window => in_chromium(chromium::Place::Window)?,
        };
        let count = |wanted: fn(&Verdict) -> bool| verdicts.iter().filter(|verdict| wanted(verdict)).count();
        let wrong = count(|verdict| matches!(verdict, Verdict::Failed(_)));
        println!(
            "{}: {} as on Linux, {} known to differ, {wrong} wrong, in {:.0} s",
            build.name(),
            count(|verdict| *verdict == Verdict::Passed),
            count(|verdict| *verdict == Verdict::Known),
            start.elapsed().as_secs_f64()
        );
        for (program, verdict) in programs.iter().zip(&verdicts) {
            if let Verdict::Failed(reason) = verdict {
                tell(program, reason, &folder);
            }
        }
        passed += programs.len() - wrong;
        failed += wrong;
    }
    println!("{passed} passed, {failed} failed");
    Ok(if failed == 0 && passed > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn tell(program: &Program, reason: &str, folder: &Path) {
    println!("FAIL: {}: {}", program.name, program.question);
    for line in reason.trim_end().lines() {
        println!("    {line}");
    }
    println!("    {}", folder.join(format!("{}.got", program.name)).display());
}

/// The programs that are named, or all.
fn chosen<'a>(all: &'a [Program], names: &[String]) -> Result<Vec<&'a Program>> {
    let programs: Vec<&Program> = all
        .iter()
        .filter(|program| names.is_empty() || names.contains(&program.name))
        .collect();
    for name in names {
        if !programs.iter().any(|program| program.name == *name) {
            bail!("no program {name:?} in {}", posix::folder().display());
        }
    }
    Ok(programs)
}
