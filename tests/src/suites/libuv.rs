//! What of libuv's own tests is about sockets, pipes, timers and names, on its posix-poll build.
//!
//! The tests bind the ports 9123 and up, so one runs at a time. The servers that some need are the suite's own, built for
//! Linux.

use super::{Known, Outcome, Report, emptied, lists, tail, unpacked};
use crate::node::{self, Start};
use crate::place;
use crate::process::{self, End};
use crate::retrofit;
use crate::toolchain::Toolchain;
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::io::{self, PipeReader, PipeWriter, Read};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// What Debian 12 has.
const VERSION: &str = "1.44.2";

/// No test runs longer, on a machine that is busy; its own runner allows most of them five seconds.
const LIMIT: Duration = Duration::from_secs(30);

/// A test that does not apply ends with this.
const SKIPPED: i32 = 7;

/// The library, for every system.
const LIBRARY: &[&str] = &[
    "src/fs-poll.c",
    "src/idna.c",
    "src/inet.c",
    "src/random.c",
    "src/strscpy.c",
    "src/strtok.c",
    "src/threadpool.c",
    "src/timer.c",
    "src/uv-common.c",
    "src/uv-data-getter-setters.c",
    "src/version.c",
    "src/unix/async.c",
    "src/unix/core.c",
    "src/unix/dl.c",
    "src/unix/fs.c",
    "src/unix/getaddrinfo.c",
    "src/unix/getnameinfo.c",
    "src/unix/loop.c",
    "src/unix/loop-watcher.c",
    "src/unix/pipe.c",
    "src/unix/poll.c",
    "src/unix/process.c",
    "src/unix/random-devurandom.c",
    "src/unix/signal.c",
    "src/unix/stream.c",
    "src/unix/tcp.c",
    "src/unix/thread.c",
    "src/unix/tty.c",
    "src/unix/udp.c",
];

/// The library, what a system with poll and no more adds; `platform.c` of `tests/suites/libuv` is the rest.
const WITH_POLL: &[&str] = &[
    "src/unix/no-fsevents.c",
    "src/unix/no-proctitle.c",
    "src/unix/posix-hrtime.c",
    "src/unix/posix-poll.c",
    "src/unix/sysinfo-memory.c",
];

/// The Hurd's macro stands for a system with poll and no more.
const FLAGS: &[&str] = &["-w", "-D__GNU__", "-D_GNU_SOURCE", "-Iinclude", "-Isrc", "-Isrc/unix"];

/// The suite's frame.
const RUNNER: &[&str] = &[
    "test/run-tests.c",
    "test/runner.c",
    "test/runner-unix.c",
    "test/echo-server.c",
    "test/blackhole-server.c",
];

/// Beginnings of the names of those files of tests that are about what this project does.
const ABOUT: &[&str] = &[
    "callback-stack",
    "close-fd",
    "connect",
    "delayed-accept",
    "emfile",
    "getaddrinfo",
    "getnameinfo",
    "getsockname",
    "handle-fileno",
    "ip-name",
    "ip4-addr",
    "ip6-addr",
    "ipc",
    "loop",
    "multiple-listen",
    "not-",
    "ping-pong",
    "pipe-",
    "poll",
    "readable-on-eof",
    "ref",
    "shutdown-",
    "socket-buffer-size",
    "tcp-",
    "timer",
    "udp-",
    "walk-handles",
    "watcher-cross-stop",
];

/// The AF_UNIX sockets of the suite. A server that was killed leaves them behind, and the suite's own runner removes them.
const PATHS: &[&str] = &["/tmp/uv-test-sock", "/tmp/uv-test-sock2", "/tmp/uv-test-sock3"];

/// A file that a test wants in its folder.
const FIXTURE: &str = "test/fixtures/empty_file";

/// One test.
struct Test {
    name: String,
    helpers: Vec<String>,
}

/// Builds the suite with `toolchain` and for Linux, and runs it, or those of its tests that are named.
pub fn run(toolchain: &Toolchain, chosen: &[String]) -> Result<Report> {
    let title = format!("libuv {VERSION}");
    let source = unpacked(&format!("libuv-{VERSION}"), "")?;
    let files = files(&source)?;
    let folder = place::target()
        .join("suites")
        .join(format!("libuv-{}", toolchain.version));
    let (native, app) = thread::scope(|scope| {
        let native = scope.spawn(|| build_for_linux(&source, &files));
        let app = build(&source, &files, toolchain, &folder);
        let native = native.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok::<_, anyhow::Error>((native?, app?))
    })?;
    let all = tests(&source, &files, &native)?;
    // Whoever else runs them on this machine has the same ports.
    let lock = fs::File::create(std::env::temp_dir().join("direct-sockets-libuv.lock"))?;
    lock.lock()?;
    let names: Vec<String> = all.iter().map(|test| test.name.clone()).collect();
    let list = fs::read_to_string(lists().join("libuv.txt")).context("libuv.txt")?;
    let known = Known::parse(&list, &names).context("libuv.txt")?;
    let wanted = all
        .iter()
        .filter(|test| chosen.is_empty() || chosen.contains(&test.name));
    let verdicts = wanted.map(|test| {
        let run = || test.run(&native, &app, toolchain);
        (test.name.clone(), known.judge(&test.name, &toolchain.version, run))
    });
    Ok(Report {
        title: format!("{title}, emcc {}", toolchain.version),
        verdicts: verdicts.collect(),
    })
}

/// The files of tests that are about what this project does.
fn files(source: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(source.join("test"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let subject = name.strip_prefix("test-").filter(|rest| rest.ends_with(".c"));
        if subject.is_some_and(|subject| ABOUT.iter().any(|about| subject.starts_with(about))) {
            files.push(format!("test/{name}"));
        }
    }
    files.sort();
    Ok(files)
}

/// The tests that the files define and the list of the runner names, with their servers.
fn tests(source: &Path, files: &[String], native: &Path) -> Result<Vec<Test>> {
    let mut text = String::new();
    for file in files {
        text.push_str(&fs::read_to_string(source.join(file))?);
    }
    let defined: BTreeSet<&str> = text
        .split("TEST_IMPL(")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once(')')?.0))
        .collect();
    let listed = process::run(&mut runner(native, &["--list"]), LIMIT)?.output();
    let mut tests = Vec::new();
    for line in listed.lines() {
        let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
        if defined.contains(name) {
            let helpers = rest
                .trim()
                .strip_prefix("(helpers: ")
                .and_then(|rest| rest.strip_suffix(')'));
            tests.push(Test {
                name: name.to_owned(),
                helpers: helpers
                    .into_iter()
                    .flat_map(str::split_whitespace)
                    .map(str::to_owned)
                    .collect(),
            });
        }
    }
    if tests.is_empty() {
        bail!("the runner lists no test:\n{}", tail(&listed));
    }
    Ok(tests)
}

/// The runner as built for Linux.
fn runner(native: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(native);
    command.args(arguments);
    command.current_dir(native.parent().unwrap_or(native));
    command
}

/// A C file that defines the tests of other files, which the runner's list names too: that list ends at a null.
fn missing(source: &Path, folder: &Path) -> Result<PathBuf> {
    let list = fs::read_to_string(source.join("test/test-list.h"))?;
    let names = list.lines().filter_map(|line| {
        line.strip_prefix("TEST_DECLARE")?
            .trim()
            .strip_prefix('(')?
            .split_once(')')
    });
    let mut text = String::new();
    for (name, _) in names {
        let _ = writeln!(
            text,
            "__attribute__((weak)) int run_test_{name}(void) {{ return 255; }}"
        );
    }
    let file = folder.join("missing.c");
    fs::write(&file, text)?;
    Ok(file)
}

/// The same library for Linux, so that what the wait is made with is no difference. Some functions of the runner belong to
/// tests of other files: what calls them is never run.
fn build_for_linux(source: &Path, files: &[String]) -> Result<PathBuf> {
    let folder = emptied(place::target().join("suites/libuv-linux"))?;
    place::copy(&source.join("test/fixtures"), &folder.join("test/fixtures"))?;
    let output = folder.join("run-tests");
    let mut command = Command::new("gcc");
    command
        .current_dir(source)
        .args(["-O1", "-U__linux__"])
        .args(FLAGS)
        .args(LIBRARY)
        .args(WITH_POLL)
        .arg(lists().join("libuv/platform.c"))
        .args(RUNNER)
        .args(files)
        .arg(missing(source, &folder)?)
        .args([
            "-Wl,--unresolved-symbols=ignore-all",
            "-no-pie",
            "-pthread",
            "-ldl",
            "-o",
        ])
        .arg(&output);
    let outcome = process::run(&mut command, Duration::from_secs(600))?;
    if outcome.end != End::Exit(0) {
        bail!("gcc: {}\n{}", outcome.end, outcome.errors());
    }
    Ok(output)
}

/// Compiles and retrofits: the answer is the app.
fn build(source: &Path, files: &[String], toolchain: &Toolchain, folder: &Path) -> Result<PathBuf> {
    let folder = emptied(folder.to_owned())?;
    let work = folder.join("source");
    for part in ["include", "src", "test"] {
        place::copy(&source.join(part), &work.join(part))?;
    }
    missing(source, &work)?;
    let platform = work.join("platform.c");
    fs::copy(lists().join("libuv/platform.c"), &platform)?;
    let mut flags = vec!["-O1"];
    flags.extend(FLAGS);
    // Some tests have buffers of 64 KiB on it. Debian's oldest has as much by itself, and no such option.
    flags.extend((toolchain.version != "3.1.6").then_some("-sSTACK_SIZE=5MB"));
    flags.extend([
        "-sERROR_ON_UNDEFINED_SYMBOLS=0",
        "-sALLOW_MEMORY_GROWTH",
        "-sEXIT_RUNTIME",
        "--embed-file",
        FIXTURE,
    ]);
    flags.extend(LIBRARY.iter().chain(WITH_POLL).chain(RUNNER));
    flags.extend(files.iter().map(String::as_str));
    flags.push("missing.c");
    let app = folder.join("app.js");
    if let Err(refusal) = toolchain.compile(&platform, &flags, &app)? {
        bail!("{}", refusal.text);
    }
    let out = folder.join("out").join("app.js");
    fs::create_dir_all(folder.join("out"))?;
    let done = retrofit::retrofit(&app, &out, &[])?;
    if done.end != End::Exit(0) {
        bail!("retrofit: {}\n{}", done.end, done.errors());
    }
    Ok(out)
}

impl Test {
    /// Runs it on Linux, then retrofitted.
    fn run(&self, native: &Path, app: &Path, toolchain: &Toolchain) -> Result<Outcome> {
        let part = [self.name.as_str(), self.name.as_str()];
        let expected = self.with_helpers(native, runner(native, &part))?;
        match expected.end {
            End::Exit(0) => {}
            End::Exit(SKIPPED) => {
                return Ok(Outcome::Untold(format!(
                    "skipped on Linux: {}",
                    tail(&expected.output())
                )));
            }
            end => bail!("fails on Linux: {end}\n{}", tail(&expected.errors())),
        }
        let arguments = part.map(str::to_owned);
        let command = node::command(app, Start::Script, &toolchain.version, &arguments)?;
        let got = self.with_helpers(native, command)?;
        Ok(match got.end {
            End::Exit(0) => Outcome::Passed,
            end => Outcome::Failed(format!("{end}\n{}\n{}", tail(&got.output()), tail(&got.errors()))),
        })
    }

    fn with_helpers(&self, native: &Path, mut command: Command) -> Result<process::Outcome> {
        for path in PATHS {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error).context(*path),
                _ => {}
            }
        }
        let start = |helper| Helper::start(native, &self.name, helper);
        let _helpers: Vec<Helper> = self.helpers.iter().map(start).collect::<Result<_>>()?;
        process::run(&mut command, LIMIT).context("a test")
    }
}

/// A server of the suite, until it is dropped.
struct Helper(Child);

impl Helper {
    /// Starts it, and waits until it is ready: it closes a pipe then.
    fn start(native: &Path, test: &str, helper: &String) -> Result<Helper> {
        let (mut reader, writer): (PipeReader, PipeWriter) = io::pipe()?;
        let mut command = runner(native, &[test, helper]);
        let fd = writer.as_raw_fd();
        command
            .env("UV_TEST_RUNNER_FD", fd.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // SAFETY: two system calls without memory, between fork and exec; the descriptor lives until after spawn.
        unsafe {
            command.pre_exec(move || {
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                match libc::fcntl(fd, libc::F_SETFD, 0) {
                    -1 => Err(io::Error::last_os_error()),
                    _ => Ok(()),
                }
            });
        }
        let child = Helper(command.spawn().with_context(|| format!("the server {helper}"))?);
        drop(writer);
        reader.read_to_end(&mut Vec::new())?;
        Ok(child)
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        // One that has ended by itself is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
