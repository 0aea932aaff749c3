//! Changes of files that are made all together or not at all.
//!
//! Everything that is going to be needed is first written beside its target: the new contents, and the old ones for the
//! way back. Only when all of that is on the disk are files renamed over their targets, so what is left to fail then
//! needs no space.

use crate::error::Error;
use std::fs::{self, File, Metadata};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A file that gets these contents, or goes (`None`).
#[derive(Debug)]
pub(crate) struct Write {
    pub(crate) path: PathBuf,
    pub(crate) contents: Option<String>,
}

struct Staged {
    path: PathBuf,
    new: Option<NamedTempFile>,
    old: Option<NamedTempFile>,
}

/// Makes all the changes, in this order, or none.
pub(crate) fn commit(writes: Vec<Write>) -> Result<(), Error> {
    let mut staged = Vec::new();
    for write in writes {
        let about = Error::file(&write.path);
        staged.push(stage(write).map_err(about)?);
    }
    let mut done: Vec<Staged> = Vec::new();
    for mut change in staged {
        let made = match change.new.take() {
            Some(file) => file.persist(&change.path).map(drop).map_err(|error| error.error),
            None => fs::remove_file(&change.path),
        };
        if let Err(reason) = made {
            let path = change.path.clone();
            // What of this fails leaves files between markers, which the next run completes.
            done.into_iter().rev().for_each(take_back);
            return Err(Error::File { path, reason });
        }
        done.push(change);
    }
    for folder in done.iter().filter_map(|change| change.path.parent()) {
        // The files themselves are on the disk; a file system that syncs no folders is no reason to undo.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    Ok(())
}

fn take_back(change: Staged) {
    let _ = match change.old {
        Some(file) => file.persist(&change.path).map(drop).map_err(|error| error.error),
        None => fs::remove_file(&change.path),
    };
}

fn stage(write: Write) -> io::Result<Staged> {
    let folder = write.path.parent().unwrap_or(Path::new("."));
    let like = match fs::metadata(&write.path) {
        Ok(data) => Some(data),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let old = match &like {
        Some(data) => Some(beside(folder, &fs::read(&write.path)?, data)?),
        None => None,
    };
    // A new file is one like its folder's others: readable by whom the folder is, but nothing to run.
    let data = match like {
        Some(data) => data,
        None => fs::metadata(folder)?,
    };
    let new = match &write.contents {
        Some(contents) => Some(beside(folder, contents.as_bytes(), &data)?),
        None => None,
    };
    Ok(Staged {
        path: write.path,
        new,
        old,
    })
}

/// A temporary file with mode and owner of `like`.
fn beside(folder: &Path, contents: &[u8], like: &Metadata) -> io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new()
        .prefix(".wasm-direct-sockets-")
        .tempfile_in(folder)?;
    file.write_all(contents)?;
    take_after(file.as_file(), like)?;
    file.as_file().sync_all()?;
    Ok(file)
}

#[cfg(unix)]
fn take_after(file: &File, like: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (like.uid(), like.gid()) {
        fchown(file, Some(like.uid()), Some(like.gid()))?;
    }
    let mode = if like.is_dir() {
        like.mode() & 0o666
    } else {
        like.mode()
    };
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn take_after(file: &File, like: &Metadata) -> io::Result<()> {
    if like.is_dir() {
        Ok(())
    } else {
        file.set_permissions(like.permissions())
    }
}
