//! Runs suites that nobody here wrote, and compares with Linux.

use anyhow::{Result, bail};
use clap::{Parser, ValueEnum};
use direct_sockets_tests::suites::{emscripten, libuv};
use direct_sockets_tests::{node, retrofit, toolchain};
use std::process::ExitCode;
use std::time::Instant;

/// Run test suites out of Debian's source packages, retrofitted, and compare with what they do on Linux.
#[derive(Parser)]
struct Arguments {
    /// An Emscripten: 3.1.6 (if none is named), 3.1.69, 6.0.5
    #[arg(long, value_name = "VERSION")]
    toolchain: Vec<String>,
    /// Only this suite
    #[arg(long)]
    suite: Vec<Suite>,
    /// Only the test of this name
    #[arg(long, value_name = "NAME")]
    test: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Suite {
    /// What is about sockets in libuv's own tests
    Libuv,
    /// Emscripten's own tests of sockets
    Emscripten,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let suites = match arguments.suite.as_slice() {
        [] => Suite::value_variants(),
        suites => suites,
    };
    retrofit::executable()?;
    node::executable()?;
    let (mut passed, mut wrong) = (0, 0);
    for toolchain in toolchain::named(&arguments.toolchain)? {
        for suite in suites {
            let start = Instant::now();
            let report = match suite {
                Suite::Libuv => libuv::run(&toolchain, &arguments.test)?,
                Suite::Emscripten => emscripten::run(&toolchain, &arguments.test)?,
            };
            println!("{report}in {:.0} s\n", start.elapsed().as_secs_f64());
            passed += report.passed();
            wrong += report.wrong();
        }
    }
    if passed + wrong == 0 {
        bail!("nothing was run: no test is called {}", arguments.test.join(" or "));
    }
    println!("{passed} passed, {wrong} failed");
    Ok(if wrong == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
