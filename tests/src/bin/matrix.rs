//! Compiles, retrofits and runs the programs with every option at every level, and prints a table.

use anyhow::{Context, Result};
use clap::Parser;
use direct_sockets_tests::matrix::{self, Bench, LEVELS, ROWS, Report, Verdict};
use direct_sockets_tests::{retrofit, toolchain};
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Instant;

/// Compile, retrofit and run the programs with every option of emcc at every level.
#[derive(Parser)]
struct Arguments {
    /// An Emscripten: 3.1.6 (if none is named), 3.1.69, 6.0.5
    #[arg(long, value_name = "VERSION")]
    toolchain: Vec<String>,
    /// Only the row of this name
    #[arg(long, value_name = "NAME")]
    row: Vec<String>,
    /// Only this level
    #[arg(long, value_name = "LEVEL", allow_hyphen_values = true)]
    level: Vec<String>,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let rows = chosen(ROWS, &arguments.row, |row| row.name)?;
    let levels = chosen(LEVELS, &arguments.level, |level| level)?;
    let levels: Vec<&'static str> = levels.into_iter().copied().collect();
    let toolchains = toolchain::named(&arguments.toolchain)?;
    retrofit::executable()?;
    let bench = Bench::new()?;
    let (mut passed, mut failed) = (0, 0);
    for toolchain in &toolchains {
        let start = Instant::now();
        let cells = matrix::cells(toolchain, &rows, &levels);
        let verdicts = matrix::judge(&bench, &cells, &|cell, verdict| {
            if std::io::stderr().is_terminal() {
                let word = if matches!(verdict, Verdict::Failed(_)) {
                    "FAIL"
                } else {
                    "done"
                };
                eprintln!("{word} {} {}", cell.row.name, cell.level);
            }
        });
        let report = Report {
            cells: &cells,
            verdicts: &verdicts,
        };
        println!("{report}in {:.0} s\n", start.elapsed().as_secs_f64());
        passed += report.passed();
        failed += report.failed();
    }
    println!("{passed} passed, {failed} failed");
    Ok(if failed == 0 && passed > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Those that are named, or all.
fn chosen<'a, T>(all: &'a [T], names: &[String], name: impl Fn(&T) -> &str) -> Result<Vec<&'a T>> {
    if names.is_empty() {
        return Ok(all.iter().collect());
    }
    let one = |wanted: &String| {
        let known = || all.iter().map(&name).collect::<Vec<_>>().join(", ");
        all.iter()
            .find(|item| name(item) == wanted)
            .with_context(|| format!("no {wanted:?}; there are: {}", known()))
    };
    names.iter().map(one).collect()
}
