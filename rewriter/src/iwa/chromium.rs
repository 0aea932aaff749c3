//! Starts Chromium with an app installed from a server of this machine, through the DevTools protocol on a pipe
//! (<https://chromedevtools.github.io/devtools-protocol/tot/PWA/>).

use serde_json::{Value, json};
use sha2::{Digest, Sha512};
use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

/// The features of developer mode.
pub const FEATURES: &str = "IsolatedWebApps,IsolatedWebAppDevMode";

/// What it is called; Debian's wrapper, the first of its own, drops the descriptors of the pipe.
const NAMES: [&str; 7] = [
    "/usr/lib/chromium/chromium",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/// What a program with sockets asks of its user; all in one call, as it sets those that are not listed to denied.
const PERMISSIONS: [&str; 3] = ["localNetworkAccess", "loopbackNetwork", "localNetwork"];

/// Starts Chromium with the protocol's pipe on descriptors 3 and 4. It ends with that pipe, whatever ends this command; the shell
/// outlives both and removes the profile, as soon as none of Chromium's processes writes to it any more.
const SHELL: &str = r#"
profile=$1
shift
trap : HUP INT TERM
"$0" "$@" 3<&0 4>&1 0</dev/null 1>&2
status=$?
for again in 1 2 3 4 5; do
  rm -rf -- "$profile" && break
  sleep 0.2
done
exit $status
"#;

/// Why Chromium does not run the app.
#[derive(Debug, thiserror::Error)]
pub enum ChromiumError {
    /// There is none.
    #[error("no Chromium was found (looked for {}); name it with --chromium PATH", NAMES.join(", "))]
    Missing,
    /// It could not be started or went away.
    #[error("{}: {reason}", .path.display())]
    Io {
        /// Its executable.
        path: PathBuf,
        /// The system's reason.
        reason: io::Error,
    },
    /// It refused.
    #[error("Chromium refused {method}: {message}")]
    Refused {
        /// The method of the DevTools protocol.
        method: &'static str,
        /// Its reason.
        message: String,
    },
}

/// Finds Chromium: the one that was asked for, or where it usually is.
///
/// # Errors
/// It is not there.
pub fn find(asked: Option<&Path>) -> Result<PathBuf, ChromiumError> {
    if let Some(path) = asked {
        let failed = |reason| ChromiumError::Io {
            path: path.to_owned(),
            reason,
        };
        return path.canonicalize().map_err(failed);
    }
    let folders: Vec<PathBuf> = env::var_os("PATH")
        .map(|path| env::split_paths(&path).collect())
        .unwrap_or_default();
    // An absolute name stays what it is, whatever it is joined to.
    let mut places = NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places.find(|path| path.is_file()).ok_or(ChromiumError::Missing)
}

/// Runs Chromium with the app at `server` open and `query` in the page's address, in a fresh profile, until it is closed.
///
/// # Errors
/// It is not there, or does not install the app.
pub fn run(path: PathBuf, name: &str, server: SocketAddr, query: &str) -> Result<ExitStatus, ChromiumError> {
    let failed = |reason| ChromiumError::Io {
        path: path.clone(),
        reason,
    };
    let profile = tempfile::Builder::new()
        .prefix("wasm-direct-sockets-")
        .tempdir()
        .map_err(failed)?;
    let mut command = Command::new("sh");
    command.args(["-c", SHELL]).arg(&path).arg(profile.path());
    command.arg(format!("--user-data-dir={}", profile.path().display()));
    command.args([
        "--remote-debugging-pipe",
        "--no-first-run",
        "--no-default-browser-check",
    ]);
    command.arg(format!("--enable-features={FEATURES}"));
    if env::var_os("DISPLAY").is_none() && env::var_os("WAYLAND_DISPLAY").is_none() && cfg!(target_os = "linux") {
        command.arg("--headless=new");
    }
    if is_root() {
        command.arg("--no-sandbox");
    }
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut browser = Browser::new(command.spawn().map_err(failed)?, failed)?;
    let origin = origin(name);
    let installed = browser
        .ask(
            "PWA.install",
            json!({ "manifestId": format!("{origin}/"), "installUrlOrBundleUrl": format!("http://{server}/") }),
        )
        .and_then(|()| {
            browser.ask(
                "Browser.grantPermissions",
                json!({ "origin": origin, "permissions": PERMISSIONS }),
            )
        })
        .and_then(|()| {
            browser.ask(
                "Target.createTarget",
                json!({ "url": format!("{origin}/index.html{query}") }),
            )
        });
    if let Err(error) = installed {
        let _ = browser.end();
        return Err(error);
    }
    browser.wait()
}

/// A Chromium and the pipe to it.
struct Browser<F> {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    failed: F,
    last: u64,
}

impl<F: Fn(io::Error) -> ChromiumError> Browser<F> {
    fn new(mut child: Child, failed: F) -> Result<Self, ChromiumError> {
        let (Some(requests), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed(io::Error::from(io::ErrorKind::BrokenPipe)));
        };
        Ok(Browser {
            child,
            requests,
            answers: BufReader::new(answers),
            failed,
            last: 0,
        })
    }

    fn ask(&mut self, method: &'static str, parameters: Value) -> Result<(), ChromiumError> {
        self.last += 1;
        let request = json!({ "id": self.last, "method": method, "params": parameters });
        self.requests
            .write_all(format!("{request}\0").as_bytes())
            .map_err(&self.failed)?;
        loop {
            let mut message = Vec::new();
            if self.answers.read_until(0, &mut message).map_err(&self.failed)? == 0 {
                return Err((self.failed)(io::Error::new(io::ErrorKind::UnexpectedEof, "it ended")));
            }
            message.pop();
            let Ok(answer) = serde_json::from_slice::<Value>(&message) else {
                continue;
            };
            if answer.get("id").and_then(Value::as_u64) != Some(self.last) {
                continue;
            }
            return match answer.pointer("/error/message").and_then(Value::as_str) {
                Some(message) => Err(ChromiumError::Refused {
                    method,
                    message: message.to_owned(),
                }),
                None => Ok(()),
            };
        }
    }

    /// Ends it.
    fn end(self) -> io::Result<ExitStatus> {
        let Browser {
            mut child,
            requests,
            mut answers,
            ..
        } = self;
        drop(requests);
        io::copy(&mut answers, &mut io::sink())?;
        child.wait()
    }

    /// Waits for its end. It ends with its pipe, so that stays open, and what it tells is read.
    fn wait(mut self) -> Result<ExitStatus, ChromiumError> {
        io::copy(&mut self.answers, &mut io::sink()).map_err(&self.failed)?;
        self.child.wait().map_err(&self.failed)
    }
}

/// An origin for an app without a key, the same for the same name: letters of base 32, and the type of a made-up key at the end.
fn origin(name: &str) -> String {
    let letter = |byte: &u8| char::from(super::BASE_32[usize::from(byte % 32)]);
    let letters: String = Sha512::digest(name.as_bytes()).iter().take(51).map(letter).collect();
    format!("isolated-app://{letters}aaaac")
}

/// Chromium's sandbox refuses root.
fn is_root() -> bool {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata("/proc/self").is_ok_and(|data| data.uid() == 0)
    }
    #[cfg(not(target_os = "linux"))]
    false
}
