//! xterm.js (<https://xtermjs.org>), which draws the terminal: npm's package as it is, copied into the app with its licence.

use super::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The package's files that an app gets, and where.
const FILES: [(&str, &str); 3] = [
    ("lib/xterm.mjs", "terminal/xterm/xterm.mjs"),
    ("css/xterm.css", "terminal/xterm/xterm.css"),
    ("LICENSE", "terminal/xterm/LICENSE"),
];

/// Where npm has it, from a folder that has packages.
const PACKAGE: &str = "node_modules/@xterm/xterm";

/// A file of it is not larger, in bytes; that of 6.0.0 is 345 KB.
const LARGEST: u64 = 16 << 20;

/// What an app gets of it.
#[derive(Clone, Debug)]
pub struct Xterm([Vec<u8>; FILES.len()]);

impl Xterm {
    /// Reads the package in this folder.
    ///
    /// # Errors
    /// It is something else, or a file cannot be read.
    pub fn read(folder: &Path) -> Result<Xterm, Error> {
        let mut files = [const { Vec::new() }; FILES.len()];
        for (contents, (file, _)) in files.iter_mut().zip(FILES) {
            let path = folder.join(file);
            let read = fs::metadata(&path).and_then(|data| match data.len() {
                0..=LARGEST => fs::read(&path),
                _ => Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 16 MB")),
            });
            *contents = match read {
                Ok(contents) => contents,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    let folder = folder.to_owned();
                    return Err(Error::NoXterm { folder, file });
                }
                Err(reason) => return Err(Error::Read { path, reason }),
            };
        }
        Ok(Xterm(files))
    }

    /// Where node would look for it on behalf of this program: in `node_modules` beside it or above.
    #[must_use]
    pub fn near(program: &Path) -> Option<PathBuf> {
        let program = fs::canonicalize(program).ok()?;
        let mut folders = program.ancestors().skip(1).map(|folder| folder.join(PACKAGE));
        folders.find(|folder| folder.is_dir())
    }

    /// Its files, with their paths in the app.
    pub(super) fn files(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        FILES
            .iter()
            .zip(&self.0)
            .map(|((_, path), contents)| (*path, contents.as_slice()))
    }
}
