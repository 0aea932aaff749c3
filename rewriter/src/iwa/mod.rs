//! Writes an Isolated Web App around a retrofitted program: the place in Chromium where Direct Sockets are.
//!
//! [`Program`] is what is known of the program and its files, [`app`] all files of the app; nothing is written here. The
//! page's own half is in `rewriter/iwa`. An app's content security policy forbids inline scripts, `eval` and scripts from
//! elsewhere, and demands Trusted Types; see <https://chromeos.dev/en/web/isolated-web-apps>.

pub mod bundle;
pub mod chromium;
mod icon;
mod key;
mod manifest;
mod program;
pub mod serve;
mod xterm;

pub use key::{Key, KeyError};
pub use manifest::{Version, VersionError};
pub use program::Program;
pub use xterm::Xterm;

use crate::output::Output;
use crate::retrofit::RetrofitError;
use serde_json::json;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Where the manifest of every Isolated Web App is.
pub const MANIFEST: &str = ".well-known/manifest.webmanifest";

/// The letters of base 32 (RFC 4648, section 6), small as an origin has them.
const BASE_32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The files of the page, as they are.
const PAGE: &[(&str, &str)] = &[
    ("terminal/page.js", include_str!("../../iwa/page.js")),
    ("terminal/screen.js", include_str!("../../iwa/screen.js")),
    ("terminal/view.js", include_str!("../../iwa/view.js")),
    ("terminal/run.js", include_str!("../../iwa/run.js")),
    ("terminal/worker.js", include_str!("../../iwa/worker.js")),
    ("terminal/style.css", include_str!("../../iwa/style.css")),
];

/// Where the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a dedicated worker: a program that computes does not stop the page.
    Worker,
    /// In the page.
    Window,
}

/// What is asked of an app.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// Where the program runs.
    pub place: Place,
    /// What draws the terminal; without it the page shows plain text.
    pub xterm: Option<Xterm>,
}

/// Why there is no app.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not a retrofitted program, or was changed since.
    #[error(transparent)]
    Retrofit(#[from] RetrofitError),
    /// A wasm without JavaScript.
    #[error("it is a wasm; an app is made from the JavaScript that loads it")]
    Lone,
    /// The JavaScript loads something by a name that has no place in the app.
    #[error("it loads {0:?}, which is not a file beside it")]
    Outside(String),
    /// Two files would have one name.
    #[error("its JavaScript and its wasm have the same name, {0}")]
    SameName(String),
    /// A file that goes along cannot be read.
    #[error("{}: {reason}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: io::Error,
    },
    /// The folder is another one than that of xterm.js.
    #[error("{}: this is not npm's @xterm/xterm, of version 6.0.0 or newer: there is no {file}", .folder.display())]
    NoXterm {
        /// The folder.
        folder: PathBuf,
        /// What is not there.
        file: &'static str,
    },
    /// The icon could not be made: a fault of this program.
    #[error("the icon cannot be made: {0}")]
    Icon(#[from] png::EncodingError),
}

/// Refuses a folder that is not an app that can be replaced.
///
/// # Errors
/// There is something else in it.
pub fn check_folder(folder: &Path) -> io::Result<()> {
    let mut entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    if entries.next().is_none() || folder.join("terminal/program.json").is_file() {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::AlreadyExists,
        "there are files in it that are not an app which this command wrote; name another folder",
    ))
}

/// All files of the app, with paths relative to its folder.
///
/// # Errors
/// Only those of making the icons.
pub fn app(program: &Program, request: &Request) -> Result<Output, Error> {
    let mut output = Output::default();
    output.add(MANIFEST, manifest::manifest(&request.name, &request.version), None);
    let page = include_str!("../../iwa/index.html").replace("{{NAME}}", &escaped(&request.name));
    output.add("index.html", page, None);
    for (path, text) in PAGE {
        output.add(*path, *text, None);
    }
    for size in manifest::ICON_SIZES {
        output.add(format!("terminal/icon-{size}.png"), icon::png(size)?, None);
    }
    for (path, contents) in request.xterm.iter().flat_map(Xterm::files) {
        output.add(path, contents, None);
    }
    output.add("terminal/program.json", description(program, request), None);
    for (file, contents) in &program.files {
        output.add(Path::new("program").join(file), contents.as_slice(), None);
    }
    Ok(output)
}

/// What `run.js` is told of the program.
fn description(program: &Program, request: &Request) -> String {
    let address = |file: &String| format!("/program/{}", percent_encoded(file));
    let description = json!({
        "name": program.name,
        "script": address(&program.script),
        "wasm": program.wasm.as_ref().map_or_else(String::new, address),
        "style": program.style,
        "factory": program.factory,
        "ioctl": program.ioctl,
        "xterm": request.xterm.is_some(),
        "where": match request.place {
            Place::Worker => "worker",
            Place::Window => "window",
        },
    });
    format!("{description:#}\n")
}

/// The part of the page's address that gives the program its arguments.
#[must_use]
pub fn query(arguments: &[String]) -> String {
    let arguments: Vec<String> = arguments
        .iter()
        .map(|text| format!("arg={}", percent_encoded(text)))
        .collect();
    if arguments.is_empty() {
        String::new()
    } else {
        format!("?{}", arguments.join("&"))
    }
}

/// Text in HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A file's path in an address.
fn address(path: &str) -> String {
    let names: Vec<String> = path.split('/').map(percent_encoded).collect();
    names.join("/")
}

/// A file's name in an address (RFC 3986, section 2.3).
fn percent_encoded(name: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    name.bytes().map(encode).collect()
}
