//! Everything is written at the end, atomically, or not at all.
//!
//! Each file is first written whole into a temporary file beside its target. Only when all of them are there are
//! they renamed; if a rename fails, those before it are taken back.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, TempPath};

/// Files that are going to be written.
#[derive(Debug, Default)]
pub struct Output {
    files: Vec<(PathBuf, Vec<u8>, Option<Permissions>)>,
}

/// A file that could not be written; nothing was.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", .path.display())]
pub struct OutputError {
    /// The file.
    pub path: PathBuf,
    /// The system's reason.
    pub reason: io::Error,
}

impl Output {
    /// Adds a file; it gets the permissions of `like`, the file that it is made from, if that can be read.
    pub fn add(&mut self, path: impl Into<PathBuf>, contents: impl Into<Vec<u8>>, like: Option<&Path>) {
        let permissions = like
            .and_then(|path| fs::metadata(path).ok())
            .map(|data| data.permissions());
        self.files.push((path.into(), contents.into(), permissions));
    }

    /// Adds a file that only its owner may read.
    ///
    /// # Errors
    /// No temporary file can be made.
    pub fn add_secret(&mut self, path: impl Into<PathBuf>, contents: impl Into<Vec<u8>>) -> io::Result<()> {
        // A temporary file is its owner's alone.
        let permissions = NamedTempFile::new()?.as_file().metadata()?.permissions();
        self.files.push((path.into(), contents.into(), Some(permissions)));
        Ok(())
    }

    /// The paths, in the order in which they were added.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|(path, ..)| path.as_path())
    }

    /// The files' contents by their paths.
    #[must_use]
    pub fn contents(&self) -> BTreeMap<String, Vec<u8>> {
        let named =
            |(path, contents, _): &(PathBuf, Vec<u8>, _)| (path.to_string_lossy().into_owned(), contents.clone());
        self.files.iter().map(named).collect()
    }

    /// Writes all files, whose paths are relative, into a folder that takes the place of the one at `folder`, and `others` elsewhere.
    ///
    /// # Errors
    /// The first file that could not be written; everything is as it was.
    pub fn commit_folder(self, folder: &Path, others: Output) -> Result<(), OutputError> {
        let about = |path: &Path| {
            let path = path.to_owned();
            |reason| OutputError { path, reason }
        };
        let parent = self::folder(folder);
        fs::create_dir_all(parent).map_err(about(parent))?;
        let prefix = ".wasm-direct-sockets-";
        let staged = tempfile::Builder::new()
            .prefix(prefix)
            .tempdir_in(parent)
            .map_err(about(folder))?;
        let new = staged.path().join("new");
        for (path, contents, _) in &self.files {
            let target = new.join(path);
            let inner = self::folder(&target);
            fs::create_dir_all(inner)
                .and_then(|()| fs::write(&target, contents))
                .map_err(about(&folder.join(path)))?;
        }
        let old = staged.path().join("old");
        let replaces = folder.exists();
        if replaces {
            fs::rename(folder, &old).map_err(about(folder))?;
        }
        fs::rename(&new, folder)
            .map_err(about(folder))
            .and_then(|()| {
                others.commit().inspect_err(|_| {
                    let _ = fs::rename(folder, &new);
                })
            })
            .inspect_err(|_| {
                if replaces {
                    let _ = fs::rename(&old, folder);
                }
            })
    }

    /// Writes all files or none.
    ///
    /// # Errors
    /// The first file that could not be written.
    pub fn commit(self) -> Result<(), OutputError> {
        let mut staged = Vec::new();
        for (path, contents, permissions) in self.files {
            match stage(&path, &contents, permissions) {
                Ok(file) => staged.push((path, file)),
                Err(reason) => return Err(OutputError { path, reason }),
            }
        }
        let mut done: Vec<(PathBuf, Option<TempPath>)> = Vec::new();
        for (path, file) in staged {
            let renamed = set_aside(&path).and_then(|previous| match file.persist(&path) {
                Ok(_) => Ok(previous),
                Err(error) => Err(error.error),
            });
            match renamed {
                Ok(previous) => done.push((path, previous)),
                Err(reason) => {
                    take_back(done);
                    return Err(OutputError { path, reason });
                }
            }
        }
        Ok(())
    }
}

/// Writes the contents into a temporary file in the folder of `path`.
fn stage(path: &Path, contents: &[u8], permissions: Option<Permissions>) -> io::Result<NamedTempFile> {
    // A rename over a folder would fail only after others have been made.
    if path.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a directory"));
    }
    let mut file = tempfile::Builder::new()
        .prefix(".wasm-direct-sockets-")
        .tempfile_in(folder(path))?;
    file.write_all(contents)?;
    file.as_file().set_permissions(match permissions {
        Some(permissions) => permissions,
        None => default_permissions()?,
    })?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// A second name for the file that `path` has now, so that it can be put back.
fn set_aside(path: &Path) -> io::Result<Option<TempPath>> {
    if !path.exists() {
        return Ok(None);
    }
    let aside = NamedTempFile::new_in(folder(path))?.into_temp_path();
    fs::copy(path, &aside)?;
    Ok(Some(aside))
}

/// Undoes the renames that were made. There is nobody to tell if that fails too: the error that led here is told.
fn take_back(done: Vec<(PathBuf, Option<TempPath>)>) {
    for (path, previous) in done.into_iter().rev() {
        let _ = match previous {
            Some(previous) => previous.persist(&path).map_err(|error| error.error),
            None => fs::remove_file(&path),
        };
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// What a file that is made anew gets under this process's umask, which cannot be asked for without being set.
fn default_permissions() -> io::Result<Permissions> {
    let folder = tempfile::tempdir()?;
    Ok(File::create(folder.path().join("new"))?.metadata()?.permissions())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&a, "old").expect("writable");
        let mut output = Output::default();
        output.add(&a, "new a", None);
        output.add(&b, "new b", None);
        output.commit().expect("writable");
        assert_eq!(fs::read_to_string(&a).expect("a"), "new a");
        assert_eq!(fs::read_to_string(&b).expect("b"), "new b");
        assert_eq!(fs::read_dir(folder.path()).expect("folder").count(), 2);
    }

    #[test]
    fn writes_nothing_if_one_fails() {
        let folder = tempfile::tempdir().expect("a folder");
        let a = folder.path().join("a");
        fs::write(&a, "old").expect("writable");
        for bad in ["missing/b", "is-a-folder"] {
            fs::create_dir_all(folder.path().join("is-a-folder")).expect("a folder");
            let mut output = Output::default();
            output.add(&a, "new", None);
            output.add(folder.path().join(bad), "new", None);
            let error = output.commit().expect_err("cannot be written");
            assert!(error.to_string().contains(bad), "{error}");
            assert_eq!(fs::read_to_string(&a).expect("a"), "old");
        }
        assert_eq!(fs::read_dir(folder.path()).expect("folder").count(), 2);
    }

    #[test]
    fn a_rename_that_fails_takes_back_those_before_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&a, "old").expect("writable");
        let previous = set_aside(&a).expect("readable");
        fs::write(&a, "new").expect("writable");
        fs::write(&b, "new").expect("writable");
        take_back(vec![(a.clone(), previous), (b.clone(), None)]);
        assert_eq!(fs::read_to_string(&a).expect("a"), "old");
        assert!(!b.exists());
    }

    #[cfg(unix)]
    #[test]
    fn keeps_the_permissions_of_the_input() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let (input, output_path) = (folder.path().join("in"), folder.path().join("out"));
        fs::write(&input, "").expect("writable");
        fs::set_permissions(&input, Permissions::from_mode(0o751)).expect("ours");
        let mut output = Output::default();
        output.add(&output_path, "x", Some(&input));
        output.commit().expect("writable");
        let mode = fs::metadata(&output_path).expect("written").permissions().mode();
        assert_eq!(mode & 0o777, 0o751);
    }
}
