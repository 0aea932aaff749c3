//! How fast a retrofitted program is beside the same program built for Linux and beside one written for Node, each
//! against a native peer on loopback.
//!
//! ```text
//! cargo run --release -p direct-sockets-tests --bin net_bench [RUNS [PART OF A NAME]]
//! ```
//!
//! The three take turns, so that what else the machine does disturbs each of them alike; the table has medians, and the
//! ratio is the median of the ratios of runs that followed each other.

use anyhow::{Context, Result, bail};
use direct_sockets_tests::app::App;
use direct_sockets_tests::process::{self, End, Outcome};
use direct_sockets_tests::toolchain::DEFAULT;
use direct_sockets_tests::{node, place};
use std::env;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitCode, Stdio};
use std::time::Duration;

/// No run takes longer.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs of each contestant, unless told.
const RUNS: usize = 5;

/// What is measured.
struct Measurement {
    name: &'static str,
    /// The side that is measured listens, and the peer connects.
    listens: bool,
    role: &'static str,
    peer: &'static str,
    /// Count, size and window, as `network.c` has them.
    numbers: [u32; 3],
    unit: Unit,
}

/// What the result line of `network.c` counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    MegabytesPerSecond,
    Microseconds,
    ThousandDatagramsPerSecond,
    Milliseconds,
}

impl Unit {
    fn scaled(self, value: f64) -> f64 {
        match self {
            Unit::MegabytesPerSecond => value / 1e6,
            Unit::Microseconds => value,
            Unit::ThousandDatagramsPerSecond => value / 1e3,
            Unit::Milliseconds => value * 1e3,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Unit::MegabytesPerSecond => "MB/s",
            Unit::Microseconds => "us",
            Unit::ThousandDatagramsPerSecond => "k/s",
            Unit::Milliseconds => "ms",
        }
    }
}

const fn measure(
    name: &'static str,
    listens: bool,
    role: &'static str,
    peer: &'static str,
    numbers: [u32; 3],
    unit: Unit,
) -> Measurement {
    Measurement {
        name,
        listens,
        role,
        peer,
        numbers,
        unit,
    }
}

const BULK: [u32; 3] = [32768, 65536, 0];
const FLOW: [u32; 3] = [500_000, 64, 64];
const SATURATED: [u32; 3] = [1_000_000, 64, 0];
const IDLE: [u32; 3] = [5000, 0, 0];

const MEASUREMENTS: &[Measurement] = &[
    measure(
        "TCP receive, 2 GiB",
        false,
        "receive",
        "send",
        BULK,
        Unit::MegabytesPerSecond,
    ),
    measure(
        "TCP receive, accepted",
        true,
        "receive",
        "send",
        BULK,
        Unit::MegabytesPerSecond,
    ),
    measure(
        "TCP send, 2 GiB",
        false,
        "send",
        "receive",
        BULK,
        Unit::MegabytesPerSecond,
    ),
    measure(
        "TCP send, accepted",
        true,
        "send",
        "receive",
        BULK,
        Unit::MegabytesPerSecond,
    ),
    measure(
        "ping-pong 1 B, p50",
        false,
        "ping",
        "pong",
        [30_000, 1, 0],
        Unit::Microseconds,
    ),
    measure(
        "ping-pong 64 B, p50",
        false,
        "ping",
        "pong",
        [30_000, 64, 0],
        Unit::Microseconds,
    ),
    measure(
        "ping-pong 64 B, accepted",
        true,
        "ping",
        "pong",
        [30_000, 64, 0],
        Unit::Microseconds,
    ),
    measure(
        "UDP send, flow-controlled",
        false,
        "udp-send",
        "udp-receive",
        FLOW,
        Unit::ThousandDatagramsPerSecond,
    ),
    measure(
        "UDP receive, flow-controlled",
        false,
        "udp-receive",
        "udp-send",
        FLOW,
        Unit::ThousandDatagramsPerSecond,
    ),
    measure(
        "UDP send, saturated",
        false,
        "udp-send",
        "udp-receive",
        SATURATED,
        Unit::ThousandDatagramsPerSecond,
    ),
    measure(
        "UDP receive, saturated",
        false,
        "udp-receive",
        "udp-send",
        SATURATED,
        Unit::ThousandDatagramsPerSecond,
    ),
    measure("5000 connections made", false, "idle", "idle", IDLE, Unit::Milliseconds),
    measure(
        "5000 connections accepted",
        true,
        "idle",
        "idle",
        IDLE,
        Unit::Milliseconds,
    ),
];

/// Who is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Contestant {
    Native,
    Node,
    Retrofitted,
}

const CONTESTANTS: [Contestant; 3] = [Contestant::Native, Contestant::Node, Contestant::Retrofitted];

/// The programs, built.
struct Programs {
    app: App,
    native: PathBuf,
    script: PathBuf,
}

/// What a run told.
#[derive(Clone, Copy)]
struct Told {
    value: f64,
    /// Bytes of the memory of the runtime, if it has one.
    memory: u64,
}

fn main() -> Result<ExitCode> {
    let runs = env::args().nth(1).map_or(Ok(RUNS), |text| text.parse())?;
    let programs = Programs::build()?;
    println!(
        "{:30} {:>5} {:>9} {:>9} {:>11} {:>14}",
        "network", "", "native C", "node", "retrofitted", "beside node"
    );
    let named = env::args().nth(2).unwrap_or_default();
    for measurement in MEASUREMENTS
        .iter()
        .filter(|measurement| measurement.name.contains(&named))
    {
        let mut told: [Vec<Told>; 3] = Default::default();
        for _ in 0..runs {
            for (told, contestant) in told.iter_mut().zip(CONTESTANTS) {
                let run = programs.run(measurement, contestant);
                told.push(run.with_context(|| measurement.name)?);
            }
        }
        print(measurement, &told);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(measurement: &Measurement, told: &[Vec<Told>; 3]) {
    let [native, node, ours] = told;
    let unit = measurement.unit;
    let value = |told: &[Told]| unit.scaled(median(told.iter().map(|told| told.value)));
    let ratio = median(ours.iter().zip(node).map(|(ours, node)| ours.value / node.value));
    println!(
        "{:30} {:>5} {:9.1} {:9.1} {:11.1} {:13.2}x{}",
        measurement.name,
        unit.name(),
        value(native),
        value(node),
        value(ours),
        ratio,
        match ours.iter().map(|told| told.memory).max() {
            Some(bytes) if measurement.role == "idle" => format!("  {:.1} MB of runtime memory", bytes as f64 / 1e6),
            _ => String::new(),
        }
    );
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

impl Programs {
    fn build() -> Result<Programs> {
        // The sendto of 3.1.6 needs ntohs and does not say so.
        let app = App::compile(
            DEFAULT,
            "../bench/network.c",
            &["-O2", "-sEXPORTED_FUNCTIONS=_main,_ntohs"],
        )?;
        app.retrofit(&[])?;
        let native = app.path("native");
        let bench = place::tests().join("bench");
        let gcc = process::run(
            Command::new("gcc")
                .args(["-O2", "-Wall", "-Wextra", "-Werror", "-o"])
                .args([&native, &bench.join("network.c")]),
            LIMIT,
        )?;
        if gcc.end != End::Exit(0) {
            bail!("gcc: {}", gcc.errors());
        }
        Ok(Programs {
            native,
            app,
            script: bench.join("network.mjs"),
        })
    }

    /// The command line of a contestant, without what it is to do.
    fn command(&self, contestant: Contestant) -> Result<Vec<OsString>> {
        Ok(match contestant {
            Contestant::Native => vec![self.native.clone().into()],
            Contestant::Node => vec![node::executable()?.into(), self.script.clone().into()],
            Contestant::Retrofitted => {
                let mut command = vec![node::executable()?.into()];
                let preloads = [node::preload(node::Start::Script, DEFAULT), Some("runtime-memory.mjs")];
                for preload in preloads.into_iter().flatten() {
                    command.extend(["--import".into(), place::driver(preload).into()]);
                }
                command.push(self.app.out().into());
                command
            }
        })
    }

    fn run(&self, measurement: &Measurement, contestant: Contestant) -> Result<Told> {
        let Measurement { role, peer, .. } = measurement;
        let measured = self.command(contestant)?;
        let native = self.command(Contestant::Native)?;
        let numbers = measurement.numbers.map(|number| number.to_string());
        if measurement.listens {
            let listener = Listener::start(&measured, role, &numbers)?;
            connect(&native, listener.port, peer, &numbers)?;
            tell(&listener.end()?)
        } else {
            let listener = Listener::start(&native, peer, &numbers)?;
            let outcome = connect(&measured, listener.port, role, &numbers)?;
            listener.end()?;
            tell(&outcome)
        }
    }
}

fn connect(command: &[OsString], port: u16, role: &str, numbers: &[String]) -> Result<Outcome> {
    let (program, arguments) = command.split_first().context("a command")?;
    let outcome = process::run(
        Command::new(program)
            .args(arguments)
            .args(["connect", &port.to_string(), role])
            .args(numbers),
        LIMIT,
    )?;
    if outcome.end != End::Exit(0) {
        bail!(
            "connect {role}: {}: {}{}",
            outcome.end,
            outcome.output(),
            outcome.errors()
        );
    }
    Ok(outcome)
}

/// The side that listens. It is given `LIMIT`, too.
struct Listener {
    child: Child,
    stdout: BufReader<ChildStdout>,
    port: u16,
}

impl Listener {
    fn start(command: &[OsString], role: &str, numbers: &[String]) -> Result<Listener> {
        let mut child = Command::new("timeout")
            .arg(LIMIT.as_secs().to_string())
            .args(command)
            .args(["listen", role])
            .args(numbers)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut stdout = BufReader::new(child.stdout.take().context("a pipe")?);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let port = line.strip_prefix("port ").and_then(|port| port.trim().parse().ok());
        let port = port.with_context(|| format!("listen {role}: no port in {line:?}"))?;
        Ok(Listener { child, stdout, port })
    }

    fn end(mut self) -> Result<Outcome> {
        let mut stdout = Vec::new();
        self.stdout.read_to_end(&mut stdout)?;
        let output = self.child.wait_with_output()?;
        let outcome = Outcome {
            stdout,
            stderr: output.stderr,
            end: output.status.into(),
        };
        if outcome.end != End::Exit(0) {
            bail!("listen: {}: {}{}", outcome.end, outcome.output(), outcome.errors());
        }
        Ok(outcome)
    }
}

/// Reads the result line, and what the preload tells of the memory.
fn tell(outcome: &Outcome) -> Result<Told> {
    let output = outcome.output();
    let value = output.split_whitespace().next().and_then(|word| word.parse().ok());
    let errors = outcome.errors();
    let memory = errors.lines().find_map(|line| line.strip_prefix("runtime memory "));
    Ok(Told {
        value: value.with_context(|| format!("no result in {output:?}"))?,
        memory: memory.and_then(|bytes| bytes.parse().ok()).unwrap_or(0),
    })
}
