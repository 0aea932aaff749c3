//! Running a command to its end, or to the end of its time.

use std::io::{self, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With this exit code.
    Exit(i32),
    /// By this signal.
    Signal(i32),
    /// It was still running when its time was over, and was killed.
    TimedOut,
}

impl From<ExitStatus> for End {
    fn from(status: ExitStatus) -> Self {
        match status.code() {
            Some(code) => End::Exit(code),
            None => End::Signal(status.signal().unwrap_or(0)),
        }
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            End::Exit(code) => write!(f, "exit code {code}"),
            End::Signal(signal) => write!(f, "signal {signal}"),
            End::TimedOut => write!(f, "no end in time"),
        }
    }
}

/// What a command left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: Vec<u8>,
    /// How it ended.
    pub end: End,
}

impl Outcome {
    /// Standard output as text.
    pub fn output(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text.
    pub fn errors(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

/// A program that writes without end is cut off here.
const OUTPUT_LIMIT: u64 = 16 << 20;

/// Runs `command` with `input` on its standard input, in a process group of its own. When `limit` is
/// over, the whole group is killed.
pub fn run_with_input(command: &mut Command, input: Vec<u8>, limit: Duration) -> io::Result<Outcome> {
    // SAFETY: one system call without memory, between fork and exec.
    unsafe {
        command.pre_exec(|| {
            // Whoever ends the tests ends what they started, too. This thread waits for the child below.
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            Ok(())
        });
    }
    let mut child = command
        .stdin(if input.is_empty() {
            Stdio::null()
        } else {
            Stdio::piped()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    let group = child.id() as libc::pid_t;
    if let Some(mut stdin) = child.stdin.take() {
        thread::spawn(move || {
            // A command that does not read all of its input has its reasons, and they show in its outcome.
            let _ = io::Write::write_all(&mut stdin, &input);
        });
    }
    let stdout = collect(child.stdout.take());
    let stderr = collect(child.stderr.take());
    let (ended, end) = mpsc::channel();
    thread::spawn(move || {
        // The receiver waits for this in every case.
        let _ = ended.send(child.wait());
    });
    let end = match end.recv_timeout(limit) {
        Ok(status) => End::from(status?),
        Err(_) => {
            // SAFETY: a system call without memory; the group is that of the child, which is not waited for yet.
            unsafe { libc::kill(-group, libc::SIGKILL) };
            let _ = end.recv();
            End::TimedOut
        }
    };
    let joined = |reader: thread::JoinHandle<Vec<u8>>| reader.join().unwrap_or_default();
    Ok(Outcome {
        stdout: joined(stdout),
        stderr: joined(stderr),
        end,
    })
}

/// Runs `command` without input; see [`run_with_input`].
pub fn run(command: &mut Command, limit: Duration) -> io::Result<Outcome> {
    run_with_input(command, Vec::new(), limit)
}

fn collect(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            // What could be read until an error is what there is.
            let _ = stream.by_ref().take(OUTPUT_LIMIT).read_to_end(&mut bytes);
            let _ = io::copy(&mut stream, &mut io::sink());
        }
        bytes
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_tells_output_and_end() {
        let outcome = run(
            Command::new("sh").args(["-c", "echo out; echo err >&2; exit 3"]),
            Duration::from_secs(10),
        );
        let outcome = outcome.expect("sh");
        assert_eq!(
            (outcome.output().as_str(), outcome.errors().as_str()),
            ("out\n", "err\n")
        );
        assert_eq!(outcome.end, End::Exit(3));
    }

    #[test]
    fn a_group_is_ended_when_its_time_is_over() {
        // The grandchild holds the pipe: only the end of the whole group lets this return.
        let outcome = run(
            Command::new("sh").args(["-c", "sleep 1000 & sleep 1000"]),
            Duration::from_millis(100),
        );
        assert_eq!(outcome.expect("sh").end, End::TimedOut);
    }

    #[test]
    fn input_reaches_the_command() {
        let outcome = run_with_input(&mut Command::new("cat"), b"through".to_vec(), Duration::from_secs(10));
        assert_eq!(outcome.expect("cat").output(), "through");
    }
}
