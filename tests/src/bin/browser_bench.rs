//! How fast a retrofitted program is in Chromium, beside a script written for Direct Sockets and a native program, each
//! against a native peer on loopback.
//!
//! ```text
//! cargo run --release -p direct-sockets-tests --bin browser_bench [RUNS [PART OF A NAME]]
//! ```
//!
//! The table and a plot of it are left in `target/bench/browser.txt` and `browser.svg`.
//!
//! The three take turns; the table has medians, and the ratio is the median of the ratios of runs that followed each other.
//! Chromium 156 loses some of what a script writes in pieces that fill its pipe, so the script's sends are measured with
//! pieces that do not; a run that does not end in time counts as nothing and is told.

use anyhow::{Context, Result, bail};
use direct_sockets_tests::app;
use direct_sockets_tests::chromium::{App, Chromium, Place, Told};
use direct_sockets_tests::process::{self, End};
use direct_sockets_tests::{native, place};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitCode, Stdio};
use std::time::Duration;
use std::{env, fs};

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
        [32_768, 65536, 0],
        BYTES,
    ),
    measure(
        "TCP receive, beside BYOB",
        false,
        ["receive-byob", "receive", "send"],
        [32_768, 65536, 0],
        BYTES,
    ),
    measure(
        "TCP send",
        false,
        ["send", "send", "receive"],
        [10_000, 40_001, 0],
        BYTES,
    ),
    measure(
        "ping-pong 1 B, p50",
        false,
        ["ping", "ping", "pong"],
        [20_000, 1, 0],
        TIME,
    ),
    measure(
        "TCP echo, 8 pieces under way",
        true,
        ["echo", "echo", "ask"],
        [40_000, 1000, 8],
        BYTES,
    ),
    measure(
        "UDP receive, window of 16",
        false,
        ["udp-receive", "udp-receive", "udp-send"],
        [100_000, 64, 16],
        DATAGRAMS,
    ),
    measure(
        "UDP send",
        false,
        ["udp-send", "udp-send", "udp-receive"],
        [120_000, 64, 0],
        DATAGRAMS,
    ),
    measure(
        "UDP echo, 16 under way",
        true,
        ["udp-echo", "udp-echo", "udp-ask"],
        [100_000, 64, 16],
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
    let mut table = format!(
        "{:30} {:>5} {:>9} {:>9} {:>11} {:>16}\n",
        "Chromium", "", "native C", "script", "retrofitted", "beside script"
    );
    print!("{table}");
    let mut rows = Vec::new();
    for measurement in MEASUREMENTS
        .iter()
        .filter(|measurement| measurement.name.contains(&named))
    {
        let mut told = [Vec::new(), Vec::new(), Vec::new()];
        let mut overtaken = None;
        for _ in 0..runs {
            told[0].push(run_native(&twin, measurement)?);
            told[1].push(run_page(&script, &twin, measurement, measurement.script)?.0);
            let (value, peer) = run_page(&ours, &twin, measurement, measurement.role)?;
            told[2].push(value);
            overtaken = overtaken.max(overtaken_in(&peer));
        }
        let row = Row::new(measurement, &told, overtaken);
        let line = row.line();
        print!("{line}");
        table += &line;
        rows.push(row);
    }
    let folder = place::target().join("bench");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("browser.txt"), table)?;
    fs::write(folder.join("browser.svg"), plot(&rows)?)?;
    Ok(ExitCode::SUCCESS)
}

/// The medians of a measurement.
struct Row {
    name: &'static str,
    unit: &'static str,
    is_time: bool,
    native: f64,
    script: f64,
    ours: f64,
    /// Ours beside the script's.
    ratio: f64,
    /// Of how many datagrams of ours in a run, at most, a later one came first.
    overtaken: Option<u32>,
    /// Runs that did not end.
    missing: usize,
}

impl Row {
    fn new(measurement: &Measurement, told: &[Vec<Option<f64>>; 3], overtaken: Option<u32>) -> Row {
        let (unit, scale) = measurement.unit;
        let [native, script, ours] = told
            .each_ref()
            .map(|told| median(told.iter().flatten().copied()) / scale);
        Row {
            name: measurement.name,
            unit,
            is_time: measurement.is_time,
            native,
            script,
            ours,
            ratio: median(
                told[2]
                    .iter()
                    .zip(&told[1])
                    .filter_map(|(ours, script)| Some((*ours)? / (*script)?)),
            ),
            overtaken,
            missing: told.iter().flatten().filter(|told| told.is_none()).count(),
        }
    }

    fn line(&self) -> String {
        let Row {
            name,
            unit,
            native,
            script,
            ours,
            ratio,
            ..
        } = self;
        let time = if self.is_time { " (time)" } else { "" };
        let mut more = String::new();
        if let Some(count) = self.overtaken {
            more += &format!("  up to {count} overtaken");
        }
        if self.missing > 0 {
            more += &format!("  {} runs did not end", self.missing);
        }
        format!("{name:30} {unit:>5} {native:9.1} {script:9.1} {ours:11.1} {ratio:15.2}x{time}{more}\n")
    }
}

/// A bar for each row: ours beside the script's, which is the line at 1. Of times it is the other way round, so that longer
/// is better everywhere.
fn plot(rows: &[Row]) -> Result<String> {
    const LEFT: f64 = 230.0;
    const UNIT: f64 = 170.0;
    const MOST: f64 = 2.5;
    let height = 60 + 34 * rows.len();
    let width = LEFT + UNIT * MOST + 70.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"{LEFT}\" y=\"24\" font-size=\"15\">Chromium: as fast as a script for Direct Sockets (1), or faster</text>\n"
    );
    for (place, row) in rows.iter().enumerate() {
        let y = 44 + 34 * place;
        let speed = if row.is_time { 1.0 / row.ratio } else { row.ratio };
        let length = UNIT * if speed.is_finite() { speed.min(MOST) } else { 0.0 };
        let colour = if speed < 0.95 { "#b3261e" } else { "#146c43" };
        let (label, text, end) = (LEFT - 10.0, y + 16, LEFT + length + 6.0);
        writeln!(
            svg,
            "<text x=\"{label}\" y=\"{text}\" text-anchor=\"end\">{}</text>",
            row.name
        )?;
        writeln!(
            svg,
            "<rect x=\"{LEFT}\" y=\"{y}\" width=\"{length:.0}\" height=\"22\" fill=\"{colour}\"/>"
        )?;
        writeln!(svg, "<text x=\"{end:.0}\" y=\"{text}\">{speed:.2}</text>")?;
    }
    let one = LEFT + UNIT;
    let bottom = height - 10;
    writeln!(
        svg,
        "<line x1=\"{one}\" y1=\"34\" x2=\"{one}\" y2=\"{bottom}\" stroke=\"black\" stroke-dasharray=\"4 3\"/>\n</svg>"
    )?;
    Ok(svg)
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

/// What came out, and what a listening peer told.
fn run_page(page: &App<'_>, twin: &Path, measurement: &Measurement, role: &str) -> Result<(Option<f64>, String)> {
    let told: Told;
    let mut asked = String::new();
    let mut heard = String::new();
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
        heard = listener.end().unwrap_or_default();
    }
    Ok((value(&asked).or_else(|| value(&told.stdout)), heard))
}

/// `…, N overtaken`, as who receives datagrams says.
fn overtaken_in(line: &str) -> Option<u32> {
    let (before, _) = line.trim().split_once(" overtaken")?;
    before.rsplit(' ').next()?.parse().ok()
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
