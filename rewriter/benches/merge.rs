//! How long a merge takes and how much memory, beside two yardsticks: wasm-encoder's `RoundtripReencoder`,
//! which decodes and encodes everything and changes nothing, and `wasm-opt` without passes.
//!
//! ```text
//! cargo bench -p wasm-direct-sockets --bench merge -- LARGE.wasm
//! ```
//!
//! Each run is a process of its own, so that its peak memory is its own; what is printed are medians.
//! `merge` is all that a retrofit does to a wasm: scan, merge, validate.

use direct_sockets_runtime::interface::ENTRIES;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use wasm_direct_sockets::discover::wasm::{WasmFacts, scan};
use wasm_direct_sockets::plan::{By, Plan, Replacement};
use wasm_direct_sockets::{embed, merge};

/// Runs of each contestant.
const RUNS: usize = 9;

/// What a run did.
#[derive(Clone, Copy)]
struct Run {
    time: Duration,
    /// Peak resident memory in KiB.
    peak: Option<u64>,
}

fn main() -> ExitCode {
    // Cargo adds --bench.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--run", contestant, file] => child(contestant, Path::new(file)),
        [file] => parent(Path::new(file)),
        _ => {
            // `cargo test --benches` and `cargo bench` of everything come without a file.
            println!("merge: give a large wasm (scripts/bench fetches one)");
            ExitCode::SUCCESS
        }
    }
}

fn parent(file: &Path) -> ExitCode {
    let size = std::fs::metadata(file).map(|metadata| metadata.len()).unwrap_or(0);
    println!("{}: {size} bytes, medians of {RUNS} runs", file.display());
    let contestants = ["merge", "reencode", "wasm-opt"];
    let mut medians = Vec::new();
    for contestant in contestants {
        let runs: Option<Vec<Run>> = (0..RUNS)
            .map(|_| match contestant {
                "wasm-opt" => wasm_opt(file),
                _ => spawn(contestant, file),
            })
            .collect();
        let median = runs.map(median);
        match median {
            Some(Run { time, peak: Some(peak) }) => {
                println!("{contestant:10} {time:10.3?} {:8.1} MB", peak as f64 / 1024.0);
            }
            Some(Run { time, peak: None }) => println!("{contestant:10} {time:10.3?}"),
            None => println!("{contestant:10} not available"),
        }
        medians.push(median);
    }
    if let [Some(merge), reencode, wasm_opt] = medians[..] {
        let ratio = |other: Run| other.time.as_secs_f64() / merge.time.as_secs_f64();
        if let Some(reencode) = reencode {
            println!("merge takes {:.2} of the time of reencode", 1.0 / ratio(reencode));
        }
        if let Some(wasm_opt) = wasm_opt {
            println!("merge is {:.1} times as fast as wasm-opt", ratio(wasm_opt));
        }
        return ExitCode::SUCCESS;
    }
    ExitCode::FAILURE
}

fn median(mut runs: Vec<Run>) -> Run {
    runs.sort_by_key(|run| run.time);
    let peaks: Option<Vec<u64>> = runs.iter().map(|run| run.peak).collect();
    let peak = peaks.map(|mut peaks| {
        peaks.sort_unstable();
        peaks[peaks.len() / 2]
    });
    Run {
        time: runs[runs.len() / 2].time,
        peak,
    }
}

/// Runs one contestant in a process of its own.
fn spawn(contestant: &str, file: &Path) -> Option<Run> {
    let program = std::env::current_exe().ok()?;
    let output = Command::new(program)
        .arg("--run")
        .arg(contestant)
        .arg(file)
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut numbers = text.split_whitespace().map(str::parse::<u64>);
    let time = Duration::from_nanos(numbers.next()?.ok()?);
    Some(Run {
        time,
        peak: numbers.next()?.ok(),
    })
}

fn wasm_opt(file: &Path) -> Option<Run> {
    let start = Instant::now();
    let status = Command::new("wasm-opt")
        .args(["--all-features", "-o", "/dev/null"])
        .arg(file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .ok()?;
    status.success().then(|| Run {
        time: start.elapsed(),
        peak: None,
    })
}

/// Runs once and prints nanoseconds and peak KiB.
fn child(contestant: &str, file: &Path) -> ExitCode {
    let runtime = embedded();
    let Ok(app) = std::fs::read(file) else {
        return ExitCode::FAILURE;
    };
    let start = Instant::now();
    let size = match contestant {
        "merge" => {
            let facts = scan(&app).expect("a wasm");
            let plan = plan(&facts);
            merge::merge(&app, &facts, &runtime, &plan).expect("merged").wasm.len()
        }
        _ => {
            use wasm_encoder::reencode::Reencode;
            let mut module = wasm_encoder::Module::new();
            let parser = wasmparser::Parser::new(0);
            wasm_encoder::reencode::RoundtripReencoder
                .parse_core_module(&mut module, parser, &app)
                .expect("reencoded");
            module.finish().len()
        }
    };
    let time = start.elapsed();
    assert!(size > 0);
    println!("{} {}", time.as_nanos(), peak().unwrap_or_default());
    ExitCode::SUCCESS
}

/// The peak resident memory of this process in KiB, where the system tells it.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The runtime that is built in, with what these replacements need.
fn embedded() -> Vec<u8> {
    let imports: Vec<(u32, &str)> = (0..).zip(REPLACED.map(|(import, _)| import)).collect();
    let plan = Plan {
        replacements: every_entry(&imports),
        ..Plan::default()
    };
    embed::embed(embed::RUNTIME, &merge::needed_exports(&plan), "").expect("embedded")
}

/// Imports that are replaced, and by what.
const REPLACED: [(&str, &str); 7] = [
    ("__syscall_socket", "sys_socket"),
    ("__syscall_connect", "sys_connect"),
    ("__syscall_bind", "sys_bind"),
    ("__syscall_listen", "sys_listen"),
    ("__syscall_sendto", "sys_sendto"),
    ("__syscall_recvfrom", "sys_recvfrom"),
    ("fd_close", "wasi_fd_close"),
];

fn every_entry(imports: &[(u32, &str)]) -> Vec<Replacement> {
    imports
        .iter()
        .filter_map(|(index, field)| {
            let (_, name) = REPLACED.iter().find(|(import, _)| import == field)?;
            let entry = ENTRIES.iter().find(|entry| entry.name == *name)?;
            Some(Replacement {
                import: *index,
                by: By::Thunk(entry),
            })
        })
        .collect()
}

fn plan(facts: &WasmFacts) -> Plan {
    let imports: Vec<(u32, &str)> = (0..)
        .zip(facts.imports.iter().map(|import| import.field.as_str()))
        .collect();
    Plan {
        replacements: every_entry(&imports),
        stack_pointer: facts.stack_pointer,
        exceptions: facts.exceptions,
        ..Plan::default()
    }
}
