//! How fast a retrofitted program is in Chromium, beside a script written for Direct Sockets and a native program, each
//! against a native peer on loopback.
//!
//! ```text
//! cargo run --release -p direct-sockets-tests --bin browser_bench [RUNS [PART OF A NAME]]
//! ```
//!
//! The three take turns; the table has medians, and the ratio is the median of the ratios of runs that followed each other.
//! Chromium 156 loses some of what a script writes in pieces that fill its pipe, so the script's sends are measured with
//! pieces that do not; a run that does not end in time counts as nothing and is told.

use anyhow::{Context, Result, bail};
use direct_sockets_tests::app;
use direct_sockets_tests::chromium::{App, Chromium, Place, Told};
use direct_sockets_tests::process::{self, End};
use direct_sockets_tests::{native, place};
use std::env;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitCode, Stdio};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

/// Runs of each contestant, unless told.
const RUNS: usize = 5;

struct Measurement {
    name: &'static str,
    /// The side that is measured listens, and the peer connects.
    listens: bool,
    /// What the script does; a retrofitted program reads in one way only.
    script: &'static str,
    role: &'static str,
    peer: &'static str,
    numbers: [u32; 3],
    /// The result is a time.
    is_time: bool,
    /// What one of the unit is in the result.
    unit: (&'static str, f64),
}

const fn measure(
    name: &'static str,
    listens: bool,
    [script, role, peer]: [&'static str; 3],
    numbers: [u32; 3],
    unit: (&'static str, f64),
) -> Measurement {
    let is_time = unit.1 == 1.0;
    Measurement {
        name,
        listens,
        script,
        role,
        peer,
        numbers,
        is_time,
        unit,
    }
}

const BYTES: (&str, f64) = ("MB/s", 1e6);
const DATAGRAMS: (&str, f64) = ("k/s", 1e3);
const TIME: (&str, f64) = ("us", 1.0);

const MEASUREMENTS: &[Measurement] = &[
    measure(
        "TCP receive, beside default",
        false,
        ["receive", "receive", "send"],
        [8192, 65536, 0],
        BYTES,
    ),
    measure(
        "TCP receive, beside BYOB",
        false,
        ["receive-byob", "receive", "send"],
        [8192, 65536, 0],
        BYTES,
    ),
    measure("TCP send", false, ["send", "send", "receive"], [3355, 40_001, 0], BYTES),
    measure(
        "ping-pong 1 B, p50",
        false,
        ["ping", "ping", "pong"],
        [5000, 1, 0],
        TIME,
    ),
    measure(
        "UDP receive, window of 16",
        false,
        ["udp-receive", "udp-receive", "udp-send"],
        [30_000, 64, 16],
        DATAGRAMS,
    ),
    measure(
        "UDP send",
        false,
        ["udp-send", "udp-send", "udp-receive"],
        [30_000, 64, 0],
        DATAGRAMS,
    ),
    measure(
        "UDP echo, 16 under way",
        true,
        ["udp-echo", "udp-echo", "udp-ask"],
        [20_000, 64, 16],
        DATAGRAMS,
    ),
];

fn main() -> Result<ExitCode> {
    let runs = env::args().nth(1).map_or(Ok(RUNS), |text| text.parse())?;
    let named = env::args().nth(2).unwrap_or_default();
    let program = app::App::compile(
        "3.1.6",
        "../bench/network.c",
        &["-O2", "-sEXIT_RUNTIME=1", "-sEXPORTED_FUNCTIONS=_main,_ntohs"],
    )?;
    program.retrofit(&[])?;
    let bench = place::tests().join("bench");
    let twin = program.path("native");
    native::compile(&bench.join("network.c"), &["-O2"], &twin)?;
    let chromium = Chromium::start()?;
    let ours = chromium.install(&program.out(), Place::Worker)?;
    let script = chromium.install_script(&program.out(), Place::Worker, &bench.join("network-direct.js"))?;
    println!(
        "{:30} {:>5} {:>9} {:>9} {:>11} {:>16}",
        "Chromium", "", "native C", "script", "retrofitted", "beside script"
    );
    for measurement in MEASUREMENTS
        .iter()
        .filter(|measurement| measurement.name.contains(&named))
    {
        let mut told = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..runs {
            told[0].push(run_native(&twin, measurement)?);
            told[1].push(run_page(&script, &twin, measurement, measurement.script)?);
            told[2].push(run_page(&ours, &twin, measurement, measurement.role)?);
        }
        print(measurement, &told);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(measurement: &Measurement, told: &[Vec<Option<f64>>; 3]) {
    let (unit, scale) = measurement.unit;
    let [native, script, ours] = told
        .each_ref()
        .map(|told| median(told.iter().flatten().copied()) / scale);
    let ratio = median(
        told[2]
            .iter()
            .zip(&told[1])
            .filter_map(|(ours, script)| Some((*ours)? / (*script)?)),
    );
    let missing = told.iter().flatten().filter(|told| told.is_none()).count();
    println!(
        "{:30} {unit:>5} {native:9.1} {script:9.1} {ours:11.1} {ratio:15.2}x{}{}",
        measurement.name,
        if measurement.is_time { " (time)" } else { "" },
        if missing > 0 {
            format!("  {missing} runs did not end")
        } else {
            String::new()
        },
    );
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn numbers(measurement: &Measurement) -> Vec<String> {
    measurement.numbers.iter().map(u32::to_string).collect()
}

fn run_native(twin: &Path, measurement: &Measurement) -> Result<Option<f64>> {
    let (role, peer) = (measurement.role, measurement.peer);
    let (listening, connecting) = if measurement.listens {
        (role, peer)
    } else {
        (peer, role)
    };
    let listener = Listener::start(twin, listening, &numbers(measurement))?;
    let connected = connect(twin, listener.port, connecting, &numbers(measurement))?;
    let listened = listener.end()?;
    // The side that asks tells the rate of an echo.
    let told = if measurement.listens {
        [connected, listened]
    } else {
        [connected, String::new()]
    };
    Ok(told.iter().find_map(|line| value(line)))
}

fn run_page(page: &App<'_>, twin: &Path, measurement: &Measurement, role: &str) -> Result<Option<f64>> {
    let told: Told;
    let mut asked = String::new();
    let arguments = |first: &[&str]| -> Vec<String> {
        first
            .iter()
            .map(|word| (*word).to_owned())
            .chain(numbers(measurement))
            .collect()
    };
    if measurement.listens {
        let opened = page.open(&arguments(&["listen", role]))?;
        let said = opened.wrote("\n", LIMIT)?.stdout;
        let port = said.trim().strip_prefix("port ").and_then(|port| port.parse().ok());
        let port = port.with_context(|| format!("no port in {said:?}"))?;
        asked = connect(twin, port, measurement.peer, &numbers(measurement))?;
        told = opened.ended(LIMIT)?;
        opened.close()?;
    } else {
        let listener = Listener::start(twin, measurement.peer, &numbers(measurement))?;
        let opened = page.open(&arguments(&["connect", &listener.port.to_string(), role]))?;
        told = opened.ended(LIMIT)?;
        opened.close()?;
        listener.end().ok();
    }
    Ok(value(&asked).or_else(|| value(&told.stdout)))
}

fn value(line: &str) -> Option<f64> {
    line.split_whitespace().next()?.parse().ok()
}

fn connect(twin: &Path, port: u16, role: &str, numbers: &[String]) -> Result<String> {
    let mut command = Command::new(twin);
    let outcome = process::run(command.args(["connect", &port.to_string(), role]).args(numbers), LIMIT)?;
    if outcome.end != End::Exit(0) {
        bail!("connect {role}: {}: {}", outcome.end, outcome.output());
    }
    Ok(outcome.output())
}

/// A native program that listens. It is given `LIMIT`.
struct Listener {
    child: Child,
    stdout: BufReader<ChildStdout>,
    port: u16,
}

impl Listener {
    fn start(twin: &Path, role: &str, numbers: &[String]) -> Result<Listener> {
        let mut child = Command::new("timeout")
            .arg(LIMIT.as_secs().to_string())
            .arg(twin)
            .args(["listen", role])
            .args(numbers)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut stdout = BufReader::new(child.stdout.take().context("a pipe")?);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let port = line.strip_prefix("port ").and_then(|port| port.trim().parse().ok());
        let port = port.with_context(|| format!("listen {role}: no port in {line:?}"))?;
        Ok(Listener { child, stdout, port })
    }

    fn end(mut self) -> Result<String> {
        let mut line = String::new();
        self.stdout.read_to_string(&mut line)?;
        self.child.wait()?;
        Ok(line)
    }
}
