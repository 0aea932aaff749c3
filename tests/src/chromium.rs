//! Running a retrofitted program in the real browser: as an Isolated Web App in Chromium, which `drivers/chromium.mjs` drives.
//!
//! The driver serves many requests at a time, so programs run beside each other in pages of their own. It ends with its
//! standard input, and with it all that it started, also when these tests are killed.

use crate::process::{End, Outcome};
use crate::{node, place, retrofit};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// Debian's browser itself, not the script of that name.
const EXECUTABLE: &str = "/usr/lib/chromium/chromium";

/// What a program needs to be granted to reach loopback; each one that is not is denied.
pub const GRANTED: &[&str] = &["localNetworkAccess", "loopbackNetwork", "localNetwork"];

/// Starting, installing and opening take no longer, on a machine that is busy.
const LIMIT: Duration = Duration::from_secs(60);

/// Where in the page the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a dedicated worker.
    Worker,
    /// In the page itself.
    Window,
}

type Waiting = Arc<Mutex<HashMap<u64, mpsc::Sender<Value>>>>;

/// A browser, until it is dropped.
pub struct Chromium {
    driver: Child,
    requests: Mutex<Option<ChildStdin>>,
    waiting: Waiting,
    next: AtomicU64,
}

/// An Isolated Web App that is installed.
pub struct App<'a> {
    chromium: &'a Chromium,
    number: u64,
    _folder: TempDir,
}

/// A page with a program, until it is dropped.
pub struct Page<'a> {
    chromium: &'a Chromium,
    number: u64,
}

/// What a page tells of its program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// `loading`, `running`, `exited` or `failed`; `crashed` or `closed` of the page.
    pub state: String,
    /// The exit status, once it has exited.
    pub exit: Option<i32>,
    /// What it wrote to standard output so far.
    pub stdout: String,
    /// What it wrote to standard error so far.
    pub stderr: String,
    /// Lines of the console, of the page and its workers: `warning: text`.
    pub console: Vec<String>,
    /// What must not be: uncaught exceptions, unhandled rejections, a renderer that crashed.
    pub problems: Vec<String>,
}

impl Told {
    fn read(answer: &Value) -> Told {
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        let lines = |name: &str| {
            let lines = answer[name].as_array().into_iter().flatten();
            lines.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        Told {
            state: text("state"),
            exit: text("exit").parse().ok(),
            stdout: text("stdout"),
            stderr: text("stderr"),
            console: lines("console"),
            problems: lines("problems"),
        }
    }

    /// As a process would have left it; what must not be is there in standard error.
    pub fn outcome(&self) -> Outcome {
        let end = match (self.state.as_str(), self.exit) {
            ("exited", Some(code)) => End::Exit(code),
            ("loading" | "running", _) => End::TimedOut,
            _ => End::Signal(libc::SIGABRT),
        };
        let said = self.problems.iter().chain(&self.console);
        let said: String = said.map(|line| format!("{line}\n")).collect();
        Outcome {
            stdout: self.stdout.clone().into_bytes(),
            stderr: format!("{}{said}", self.stderr).into_bytes(),
            end,
        }
    }
}

impl Chromium {
    /// Starts one with a profile of its own.
    pub fn start() -> Result<Chromium> {
        Chromium::start_resolving("")
    }

    /// The same, in which names resolve as `--host-resolver-rules` says: `MAP peer.test 127.0.0.1`.
    pub fn start_resolving(rules: &str) -> Result<Chromium> {
        if !Path::new(EXECUTABLE).exists() {
            bail!("no {EXECUTABLE}: run scripts/setup");
        }
        let mut driver = Command::new(node::executable()?)
            .arg(place::driver("chromium.mjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the driver")?;
        let waiting = Waiting::default();
        if let Some(answers) = driver.stdout.take() {
            let waiting = Arc::clone(&waiting);
            thread::spawn(move || {
                for line in BufReader::new(answers).lines().map_while(Result::ok) {
                    let answer: Value = serde_json::from_str(&line).unwrap_or_default();
                    let waits = answer["id"].as_u64().and_then(|id| lock(&waiting).remove(&id));
                    if let Some(waits) = waits {
                        // Who asked may have gone.
                        let _ = waits.send(answer);
                    }
                }
                // No more answers: who still waits is told by the end of his channel.
                lock(&waiting).clear();
            });
        }
        let requests = Mutex::new(driver.stdin.take());
        let chromium = Chromium {
            driver,
            requests,
            waiting,
            next: AtomicU64::new(1),
        };
        chromium.ask("start", json!({"executable": EXECUTABLE, "rules": rules}))?;
        Ok(chromium)
    }

    /// Makes an app out of a retrofitted glue, with the command under test, and installs it. `permissions` are what it is
    /// granted, `without_policy` is taken out of its manifest.
    pub fn install_with(
        &self,
        glue: &Path,
        place: Place,
        permissions: &[&str],
        without_policy: Option<&str>,
    ) -> Result<App<'_>> {
        let folder = App::write(glue, place, &[])?;
        if let Some(policy) = without_policy {
            let file = folder.path().join(".well-known/manifest.webmanifest");
            let mut manifest: Value = serde_json::from_str(&fs::read_to_string(&file)?)?;
            let policies = manifest["permissions_policy"].as_object_mut();
            policies
                .and_then(|policies| policies.remove(policy))
                .context("no such policy")?;
            fs::write(file, manifest.to_string())?;
        }
        self.install_folder(folder, permissions)
    }

    fn install_folder(&self, folder: TempDir, permissions: &[&str]) -> Result<App<'_>> {
        let answer = self.ask("install", json!({"folder": folder.path(), "permissions": permissions}))?;
        Ok(App {
            chromium: self,
            number: answer["app"].as_u64().context("no app")?,
            _folder: folder,
        })
    }

    /// The same, with a script of one's own in place of the program: it gets the program's `Module`.
    pub fn install_script(&self, glue: &Path, place: Place, script: &Path) -> Result<App<'_>> {
        let folder = App::write(glue, place, &[])?;
        let program = folder.path().join("program").join(glue.file_name().context("a name")?);
        fs::copy(script, program)?;
        self.install_folder(folder, GRANTED)
    }

    /// The same, with a terminal that xterm.js draws, and all that programs need.
    pub fn install_drawn(&self, glue: &Path, place: Place) -> Result<App<'_>> {
        let xterm = place::tests().join("node_modules/@xterm/xterm");
        let folder = App::write(glue, place, &["--xterm".as_ref(), xterm.as_os_str()])?;
        self.install_folder(folder, GRANTED)
    }

    /// The same, with all that programs need.
    pub fn install(&self, glue: &Path, place: Place) -> Result<App<'_>> {
        self.install_with(glue, place, GRANTED, None)
    }

    fn ask(&self, operation: &str, request: Value) -> Result<Value> {
        self.ask_for(operation, request, LIMIT)?
            .with_context(|| format!("chromium: {operation} took too long"))
    }

    /// `None` when the time is over; the answer then goes to nobody.
    fn ask_for(&self, operation: &str, mut request: Value, limit: Duration) -> Result<Option<Value>> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, answer) = mpsc::channel();
        lock(&self.waiting).insert(id, sender);
        request["id"] = id.into();
        request["op"] = operation.into();
        {
            let mut requests = lock(&self.requests);
            let requests = requests.as_mut().context("the driver has ended")?;
            writeln!(requests, "{request}")?;
        }
        let answer = match answer.recv_timeout(limit) {
            Ok(answer) => answer,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                lock(&self.waiting).remove(&id);
                return Ok(None);
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => bail!("the driver has ended"),
        };
        match answer["error"].as_str() {
            Some(error) => bail!("chromium: {operation}: {error}"),
            None => Ok(Some(answer)),
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // The end of its input is what tells it to end.
        drop(lock(&self.requests).take());
        let _ = self.driver.wait();
    }
}

impl App<'_> {
    /// Has the command under test write the app around a retrofitted glue.
    fn write(glue: &Path, place: Place, more: &[&OsStr]) -> Result<TempDir> {
        let folder = tempfile::tempdir()?;
        let place = match place {
            Place::Worker => "worker",
            Place::Window => "window",
        };
        let (iwa, output) = (OsStr::new("iwa"), folder.path().as_os_str());
        let mut arguments = vec![iwa, glue.as_os_str(), "-o".as_ref(), output];
        arguments.extend(["--in".as_ref(), OsStr::new(place)]);
        arguments.extend(more);
        let done = retrofit::run(&arguments)?;
        if done.end != End::Exit(0) {
            bail!("iwa: {}: {}", done.end, done.errors());
        }
        Ok(folder)
    }

    /// Opens a page in which the program starts with these arguments.
    pub fn open(&self, arguments: &[String]) -> Result<Page<'_>> {
        let query: Vec<String> = arguments.iter().map(|text| format!("arg={}", encoded(text))).collect();
        let request = json!({"app": self.number, "query": format!("?{}", query.join("&"))});
        let answer = self.chromium.ask("open", request)?;
        Ok(Page {
            chromium: self.chromium,
            number: answer["page"].as_u64().context("no page")?,
        })
    }

    /// Runs the program to its end, or to the end of its time.
    pub fn run(&self, arguments: &[String], limit: Duration) -> Result<Told> {
        self.open(arguments)?.ended(limit)
    }

    /// The same, and until there is a line with these words on the console, which comes by another way than the rest.
    pub fn run_saying(&self, arguments: &[String], console: &str, limit: Duration) -> Result<Told> {
        self.open(arguments)?.wait("ended", json!({"console": console}), limit)
    }
}

/// What is pressed.
#[derive(Clone, Copy, Debug)]
pub enum Key<'a> {
    /// Characters.
    Text(&'a str),
    /// A key by its name, perhaps with another: `Enter`, `Control+d`.
    Named(&'a str),
}

impl Page<'_> {
    /// Waits for the program's end; when the time is over, tells what there is.
    pub fn ended(&self, limit: Duration) -> Result<Told> {
        self.wait("ended", json!({}), limit)
    }

    /// Waits until the program has written `text` to standard output, which it may do after its main has ended.
    pub fn wrote(&self, text: &str, limit: Duration) -> Result<Told> {
        self.wait("output", json!({"text": text}), limit)
    }

    fn wait(&self, operation: &str, mut request: Value, limit: Duration) -> Result<Told> {
        request["page"] = self.number.into();
        match self.chromium.ask_for(operation, request, limit)? {
            Some(answer) => Ok(Told::read(&answer)),
            None => Ok(Told::read(&self.ask("now")?)),
        }
    }

    /// Types a line for the program, or the end of its input.
    pub fn type_line(&self, text: Option<&str>) -> Result<()> {
        let request = json!({"page": self.number, "text": text});
        self.chromium.ask("type", request).map(drop)
    }

    /// Presses keys, wherever the focus is.
    pub fn press(&self, keys: &[Key<'_>]) -> Result<()> {
        let keys: Vec<Value> = keys
            .iter()
            .map(|key| match key {
                Key::Text(text) => json!({"text": text}),
                Key::Named(name) => json!({"name": name}),
            })
            .collect();
        let request = json!({"page": self.number, "keys": keys});
        self.chromium.ask("press", request).map(drop)
    }

    /// Gives the focus to the element that `selector` (CSS) finds.
    pub fn focus(&self, selector: &str) -> Result<()> {
        let request = json!({"page": self.number, "selector": selector});
        self.chromium.ask("focus", request).map(drop)
    }

    /// Clicks on the button of this name.
    pub fn click(&self, name: &str) -> Result<()> {
        self.chromium
            .ask("click", json!({"page": self.number, "name": name}))
            .map(drop)
    }

    /// Waits until an element that `selector` (CSS) finds has `text` in it; answers all its text as it is rendered.
    pub fn shows(&self, selector: &str, text: &str) -> Result<String> {
        let request = json!({"page": self.number, "selector": selector, "text": text});
        let answer = self.chromium.ask("shows", request)?;
        Ok(answer["text"].as_str().unwrap_or_default().to_owned())
    }

    /// Gives the page this size in pixels, and a user who wants `scheme`: `light` or `dark`.
    pub fn look(&self, (width, height): (u32, u32), scheme: &str) -> Result<()> {
        let request = json!({"page": self.number, "width": width, "height": height, "scheme": scheme});
        self.chromium.ask("look", request).map(drop)
    }

    /// Goes elsewhere with the page.
    pub fn leave(&self) -> Result<()> {
        self.ask("leave").map(drop)
    }

    /// Ends the program's worker.
    pub fn end_workers(&self) -> Result<u64> {
        Ok(self.ask("endWorkers")?["ended"].as_u64().unwrap_or(0))
    }

    /// Writes a picture of the page, as PNG.
    pub fn screenshot(&self, path: &Path) -> Result<()> {
        let request = json!({"page": self.number, "path": path});
        self.chromium.ask("screenshot", request).map(drop)
    }

    /// What the page tells in the end, when it is closed.
    pub fn close(&self) -> Result<Told> {
        Ok(Told::read(&self.ask("close")?))
    }

    fn ask(&self, operation: &str) -> Result<Value> {
        self.chromium.ask(operation, json!({"page": self.number}))
    }
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        // One that is closed already says so, and that is well.
        let _ = self.ask("close");
    }
}

/// A text as the value of a parameter (URL standard, percent-encoding).
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| match plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn arguments_survive_the_address() {
        assert_eq!(encoded("a-b_1.c"), "a-b_1.c");
        assert_eq!(encoded("a b&c=ä"), "a%20b%26c%3D%C3%A4");
    }
}
