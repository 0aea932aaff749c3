//! Emscripten's own tests of sockets: all `test/sockets/test_*.c` of the newest, which none of its versions from Debian has
//! to be.
//!
//! What counts is what the suite itself asks of a test: an end, and words in its output. A test of two programs is run with
//! either and both of them retrofitted. One that does not succeed on Linux either says nothing.

mod cases;

use super::{Known, Outcome, Report, Verdict, emptied, lists, tail, unpacked};
use crate::node::{self, Start};
use crate::parallel;
use crate::peer::Peer;
use crate::place;
use crate::process::{self, End};
use crate::retrofit;
use crate::toolchain::{ALL, Toolchain};
use anyhow::{Context, Result, bail};
use cases::{CASES, Case, EXITS_FROM_ITS_LOOP, Success, Transport, With};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Whose sources these are.
const VERSION: &str = "6.0.5";

/// No program runs longer, on a machine that is busy.
const LIMIT: Duration = Duration::from_secs(20);

/// The ports of tests that have them compiled in: below those that the system gives to connections. Each run and each
/// Emscripten takes others, since a port stays taken for a minute after a server closed its connections.
fn first_port(version: &str) -> u16 {
    let place = ALL.iter().position(|known| *known == version).unwrap_or(ALL.len());
    let block = std::process::id() as usize % 15 * (ALL.len() + 1) + place;
    20000 + block as u16 * 200
}

/// What a test does on Linux.
enum Linux {
    Succeeds,
    Fails(String),
    /// It is for Emscripten only.
    Absent,
}

/// A program that was built.
enum Program {
    Native(PathBuf),
    App(PathBuf, String),
}

impl Program {
    fn command(&self, arguments: &[String]) -> Result<Command> {
        match self {
            Program::Native(path) => {
                // Some end by _exit, after printf: unbuffered, as Emscripten's are by then.
                let mut command = Command::new("stdbuf");
                command.arg("-o0").arg(path).args(arguments);
                Ok(command)
            }
            Program::App(path, version) => node::command(path, Start::Script, version, arguments),
        }
    }
}

/// Builds each test with `toolchain` and for Linux, and runs it, or those that are named.
pub fn run(toolchain: &Toolchain, chosen: &[String]) -> Result<Report> {
    let unpacked = unpacked(&format!("emscripten-{VERSION}-source"), " --all-emscriptens")?.join("test");
    let source = emptied(place::target().join("suites").join(format!("emscripten-{VERSION}")))?;
    place::copy(&unpacked.join("sockets"), &source)?;
    place::copy(&unpacked.join("third_party/enet"), &source.join("enet"))?;
    every_file_is_tested(&source)?;
    let names: Vec<String> = CASES.iter().map(|case| case.name.to_owned()).collect();
    let list = fs::read_to_string(lists().join("emscripten.txt")).context("emscripten.txt")?;
    let known = Known::parse(&list, &names).context("emscripten.txt")?;
    let ports = (first_port(&toolchain.version)..)
        .step_by(4)
        .map(|port| [port, port + 2]);
    let wanted: Vec<([u16; 2], &Case)> = ports
        .zip(CASES)
        .filter(|(_, case)| chosen.is_empty() || chosen.iter().any(|name| name == case.name))
        .collect();
    let verdicts = parallel::map(&wanted, |(ports, case)| -> (String, Verdict) {
        let run = || case.run(&source, *ports, toolchain);
        (case.name.to_owned(), known.judge(case.name, &toolchain.version, run))
    });
    Ok(Report {
        title: format!("test/sockets of Emscripten {VERSION}, emcc {}", toolchain.version),
        verdicts,
    })
}

/// The table knows each file of the suite.
fn every_file_is_tested(source: &Path) -> Result<()> {
    for entry in fs::read_dir(source)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let used = CASES.iter().any(|case| {
            let server = match case.peer {
                With::Program(server) => server.source,
                _ => "",
            };
            case.source == name || server == name
        });
        if name.starts_with("test_") && name.ends_with(".c") && !used {
            bail!("no test here uses {name}");
        }
    }
    Ok(())
}

impl Case {
    /// Some of the suite's assertions are about Emscripten's own sockets and do not hold on Linux: where they don't, the test is
    /// run without any.
    fn run(&self, source: &Path, ports: [u16; 2], toolchain: &Toolchain) -> Result<Outcome> {
        let folder = place::target()
            .join("suites")
            .join(format!("emscripten-{VERSION}-{}", toolchain.version))
            .join(self.name);
        let mut build = Build {
            source,
            folder: &emptied(folder)?,
            more: &[],
            toolchain,
        };
        let mut on_linux = self.on_linux(&build, ports[0])?;
        if matches!(on_linux, Linux::Fails(_)) {
            build.more = &["-DNDEBUG"];
            // Another port: the one of a server that closed its connections is not free at once.
            on_linux = self.on_linux(&build, ports[0] + 1)?;
        }
        if let Linux::Fails(problem) = on_linux {
            let problem = problem.replace('\n', "; ");
            return Ok(Outcome::Untold(format!(
                "fails on Linux, with assertions and without: {problem}"
            )));
        }
        self.retrofitted(&build, ports[1], matches!(on_linux, Linux::Succeeds))
    }

    fn on_linux(&self, build: &Build, port: u16) -> Result<Linux> {
        let Some(client) = build.native("client", self.source, self.flags, port)? else {
            return Ok(Linux::Absent);
        };
        let server = match self.peer {
            With::Program(server) => build.native("server", server.source, server.flags, port)?,
            _ => None,
        };
        Ok(match self.problem(&client, server.as_ref(), port)? {
            None => Linux::Succeeds,
            Some(problem) => Linux::Fails(problem),
        })
    }

    /// Runs it with either program retrofitted.
    fn retrofitted(&self, build: &Build, port: u16, on_linux: bool) -> Result<Outcome> {
        let client = match build.app("client", self.source, self.flags, port)? {
            Ok(client) => client,
            Err(refusal) => bail!("emcc does not compile it: {refusal}"),
        };
        let mut problems = String::new();
        let mut note = |what: &str, problem: Option<String>| {
            if let Some(problem) = problem {
                problems.push_str(&format!("{what}: {problem}\n"));
            }
        };
        if let With::Program(server) = self.peer {
            let native = build.native("server", server.source, server.flags, port)?;
            let problem = self.problem(&client, native.as_ref(), port)?;
            note("retrofitted, its server native", problem);
            // Another port than the native server's, as above.
            let port = port + 1;
            let client = match build.app("client-too", self.source, self.flags, port)? {
                Ok(client) => client,
                Err(refusal) => bail!("emcc does not compile it: {refusal}"),
            };
            let server = match build.app("server", server.source, server.flags, port)? {
                Ok(server) => server,
                Err(refusal) => bail!("emcc does not compile its server: {refusal}"),
            };
            note("retrofitted", self.problem(&client, Some(&server), port)?);
            if let (Some(client), true) = (build.native("client", self.source, self.flags, port)?, on_linux) {
                let problem = self.problem(&client, Some(&server), port)?;
                note("native, its server retrofitted", problem);
            }
        } else {
            note("retrofitted", self.problem(&client, None, port)?);
        }
        Ok(match problems.is_empty() {
            true => Outcome::Passed,
            false => Outcome::Failed(problems),
        })
    }

    /// Runs the test once; `None` if it succeeds.
    fn problem(&self, client: &Program, server: Option<&Program>, port: u16) -> Result<Option<String>> {
        let (end, ended) = mpsc::channel::<()>();
        let echo = |port| {
            Peer::start_on(port, |mut stream| {
                let mut bytes = [0; 64];
                let length = stream.read(&mut bytes)?;
                stream.write_all(&bytes[..length])
            })
        };
        let mut arguments = Vec::new();
        let mut servers = Vec::new();
        match self.peer {
            With::Itself => {}
            With::Echo => arguments.push(echo(0)?.port),
            With::EchoAndPort => arguments.extend([echo(0)?.port, port]),
            With::EchoOn(port) => drop(echo(port)?),
            With::Sink => {
                let sink = Peer::start(move |stream| {
                    // That its sender is gone is what it waits for.
                    let _ = ended.recv_timeout(LIMIT);
                    drop(stream);
                    Ok(())
                });
                arguments.push(sink?.port);
            }
            With::Program(program) => {
                let server = server.context("a server that was built")?;
                servers.push(Running::start(server.command(&[])?, program.ready, port)?);
            }
        }
        let arguments: Vec<String> = arguments.iter().map(u16::to_string).collect();
        let outcome = process::run(&mut client.command(&arguments)?, LIMIT)?;
        drop(end);
        let (output, end) = (outcome.output(), outcome.end);
        let succeeded = match self.success {
            Success::Exit(code) => end == End::Exit(code),
            Success::Prints(words) => end == End::Exit(0) && output.contains(words),
            Success::FailsWith(words) => end != End::Exit(0) && end != End::TimedOut && output.contains(words),
        };
        Ok((!succeeded).then(|| format!("{end}\n{}\n{}", tail(&output), tail(&outcome.errors()))))
    }
}

/// What the programs of one test are built with.
struct Build<'a> {
    source: &'a Path,
    folder: &'a Path,
    more: &'static [&'static str],
    toolchain: &'a Toolchain,
}

impl Build<'_> {
    /// Compiles and retrofits; the refusal is the compiler's.
    fn app(&self, role: &str, source: &str, flags: &[&str], port: u16) -> Result<Result<Program, String>> {
        let app = self.folder.join(format!("{role}.js"));
        let port = format!("-DSOCKK={port}");
        let mut all = vec!["-w", "-sEXIT_RUNTIME", port.as_str()];
        if source == EXITS_FROM_ITS_LOOP {
            all.push("-Dexit=emscripten_force_exit");
        }
        all.extend(self.more.iter().chain(flags));
        if let Err(refusal) = self.toolchain.compile(&self.source.join(source), &all, &app)? {
            return Ok(Err(refusal.reason().to_owned()));
        }
        let out = self.folder.join("out").join(format!("{role}.js"));
        fs::create_dir_all(self.folder.join("out"))?;
        let done = retrofit::retrofit(&app, &out, &[])?;
        if done.end != End::Exit(0) {
            bail!("retrofit: {}\n{}", done.end, done.errors());
        }
        Ok(Ok(Program::App(out, self.toolchain.version.clone())))
    }

    /// Some are for Emscripten only.
    fn native(&self, role: &str, source: &str, flags: &[&str], port: u16) -> Result<Option<Program>> {
        let output = self.folder.join(format!("{role}-{port}"));
        let mut command = Command::new("gcc");
        command
            .current_dir(self.source)
            .args(["-w", "-D_GNU_SOURCE"])
            .arg(format!("-DSOCKK={port}"))
            .args(self.more)
            .args(flags)
            .arg(source);
        let outcome = process::run(command.arg("-o").arg(&output), LIMIT)?;
        Ok((outcome.end == End::Exit(0)).then_some(Program::Native(output)))
    }
}

/// A server of the suite, until it is dropped.
struct Running(Child);

impl Running {
    /// Starts it and waits until its port shows.
    fn start(mut command: Command, ready: Option<Transport>, port: u16) -> Result<Running> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // SAFETY: one system call without memory, between fork and exec.
        unsafe {
            command.pre_exec(|| {
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                Ok(())
            });
        }
        let mut running = Running(command.spawn().context("a server")?);
        let start = Instant::now();
        while let Some(transport) = ready {
            if is_bound(transport, port)? {
                break;
            }
            if let Some(status) = running.0.try_wait()? {
                bail!("the server ended before it was ready: {status}");
            }
            if start.elapsed() > LIMIT {
                bail!("the server is not ready after {} s", LIMIT.as_secs());
            }
            thread::park_timeout(Duration::from_millis(5));
        }
        Ok(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended by itself is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether somebody listens on a TCP port, or has a UDP port, of IPv4. To connect would be seen by the server.
fn is_bound(transport: Transport, port: u16) -> Result<bool> {
    let (table, state) = match transport {
        Transport::Tcp => ("/proc/net/tcp", " 0A "),
        Transport::Udp => ("/proc/net/udp", " 07 "),
    };
    let wanted = format!(":{port:04X} ");
    let is_it = |line: &str| {
        let mut columns = line.split_whitespace();
        let local = columns.nth(1).map(|column| format!("{column} "));
        local.is_some_and(|local| local.ends_with(&wanted)) && line.contains(state)
    };
    Ok(fs::read_to_string(table)?.lines().any(is_it))
}
