//! Runs the programs of `tests/posix` on Linux and retrofitted, and compares.

use anyhow::{Context, Result, bail};
use clap::Parser;
use direct_sockets_tests::posix::{self, Build, Differences, Program, Verdict};
use direct_sockets_tests::{parallel, retrofit, toolchain};
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

/// Run small C programs on Linux and retrofitted, and compare what they print.
#[derive(Parser)]
struct Arguments {
    /// An Emscripten: 3.1.6 (if none is named), 3.1.69, 6.0.5
    #[arg(long, value_name = "VERSION")]
    toolchain: Vec<String>,
    /// Only the program of this name
    #[arg(long, value_name = "NAME")]
    program: Vec<String>,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let all = posix::programs()?;
    let programs = chosen(&all, &arguments.program)?;
    let chosen_count = programs.len();
    let list = fs::read_to_string(posix::folder().join("differences.txt")).context("differences.txt")?;
    let differences = Differences::parse(&list, &all).context("differences.txt")?;
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
        let verdicts = parallel::map(&programs, |program| {
            program
                .judge(&build, &app, &differences)
                .unwrap_or_else(|error| Verdict::Failed(format!("{error:#}")))
        });
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
                tell(program, reason, &app);
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

fn tell(program: &Program, reason: &str, app: &Path) {
    println!("FAIL: {}: {}", program.name, program.question);
    for line in reason.trim_end().lines() {
        println!("    {line}");
    }
    println!("    {}", app.with_file_name(format!("{}.got", program.name)).display());
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
