//! An Emscripten tree, what of the series is in it, and what it would be with and without.

use crate::block::{self, Block};
use crate::edit::{Anchor, Declared, Edit, Side, Target};
use crate::error::Error;
use crate::staged::{self, Write};
use crate::structure::{self, Gap, Language};
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The versions that the series is tested with. On others it is applied if it fits.
pub const TESTED: &[&str] = &["3.1.6", "3.1.69", "6.0.5"];

/// The file that says which version a tree is.
const VERSION: &str = "emscripten-version.txt";

/// Larger files are none of Emscripten's.
const LARGEST: u64 = 16 << 20;

/// A tree and the series, read but not written.
#[derive(Debug)]
pub struct Tree {
    folder: PathBuf,
    version: String,
    series: Vec<Edit>,
    /// The files that the series may be in and that are there.
    files: BTreeMap<String, Source>,
}

#[derive(Debug)]
struct Source {
    /// Where it really is.
    path: PathBuf,
    contents: String,
    blocks: Vec<Block>,
}

/// Where an edit goes: the gap is one of the file without the series.
struct Spot {
    file: String,
    /// `None`: the edit is the whole file.
    anchor: Option<Anchor>,
    gap: Gap,
}

/// How it stands with one edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is there, in this file.
    Applied(String),
    /// It is there as another version wrote it; applying renews it.
    Outdated(String),
    /// It is not there, and would go here.
    Absent {
        /// The file.
        file: String,
        /// The place in it; `None`: it is a file of its own.
        anchor: Option<Anchor>,
    },
    /// Lines of it were changed by somebody; neither apply nor revert touch them.
    Changed(String),
    /// There is no place for it: file, anchor and reason of each.
    Unfit(Vec<String>),
}

/// A file, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The file, within the tree.
    pub file: String,
    /// What it is; `None`: it is not there.
    pub old: Option<String>,
    /// What it becomes; `None`: it goes.
    pub new: Option<String>,
}

impl Tree {
    /// Reads what the series is about in the tree at `folder`.
    ///
    /// # Errors
    /// It is no Emscripten tree, or a file in it cannot be read or has broken markers.
    pub fn open(folder: &Path, series: Vec<Edit>) -> Result<Tree, Error> {
        let alien = |reason: String| Error::NotEmscripten {
            path: folder.to_owned(),
            reason,
        };
        let root = fs::canonicalize(folder).map_err(Error::file(folder))?;
        let version = read(&root.join(VERSION), VERSION)?.ok_or_else(|| alien(format!("it has no {VERSION}")))?;
        let version = version.trim().trim_matches('"').to_owned();
        if !version.starts_with(|first: char| first.is_ascii_digit()) || version.len() > 40 {
            return Err(alien(format!("its {VERSION} names no version")));
        }
        let mut files = BTreeMap::new();
        for file in series.iter().flat_map(Edit::files) {
            let path = match fs::canonicalize(root.join(file)) {
                Ok(path) => path,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(Error::file(&root.join(file))(error)),
            };
            if !path.starts_with(&root) {
                let reason = format!("it is a link to {}, outside of the tree", path.display());
                return Err(Error::contents(file, reason));
            }
            let Some(contents) = read(&path, file)? else { continue };
            let blocks = block::find(&contents).map_err(|reason| Error::contents(file, reason))?;
            let source = Source { path, contents, blocks };
            files.insert(file.to_owned(), source);
        }
        let mut series = series;
        series.retain(|edit| {
            let declared = edit.unless.as_ref().is_some_and(|declared| declares(&files, declared));
            let needless = declared || (edit.optional && lacks(&root, edit));
            !needless
        });
        Ok(Tree {
            folder: root,
            version,
            series,
            files,
        })
    }

    /// The version of Emscripten.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The series, as far as this tree needs it.
    #[must_use]
    pub fn series(&self) -> &[Edit] {
        &self.series
    }

    /// How it stands with each edit, in the series' order.
    ///
    /// # Errors
    /// An edit is at fault.
    pub fn status(&self) -> Result<Vec<(&Edit, State)>, Error> {
        let state = |edit| Ok((edit, self.state(edit)?));
        self.series.iter().map(state).collect()
    }

    fn state(&self, edit: &Edit) -> Result<State, Error> {
        for file in edit.files() {
            let Some(source) = self.files.get(file) else { continue };
            let mut blocks = source.blocks.iter().filter(|block| block.name == edit.name);
            let Some(block) = blocks.next() else { continue };
            let said = source.contents.get(block.range.clone()).unwrap_or_default();
            let indent: String = said.chars().take_while(|c| [' ', '\t'].contains(c)).collect();
            let current = block::make(&edit.name, &edit.text, comment(edit, file)?, &indent, line_end(said));
            return Ok(match (block.intact, blocks.next()) {
                (true, None) if said == current => State::Applied(file.to_owned()),
                (true, None) => State::Outdated(file.to_owned()),
                _ => State::Changed(file.to_owned()),
            });
        }
        Ok(match self.place(edit) {
            Ok(Spot { file, anchor, .. }) => State::Absent { file, anchor },
            Err(tried) => State::Unfit(tried),
        })
    }

    /// Where the edit goes, or what was tried.
    fn place(&self, edit: &Edit) -> Result<Spot, Vec<String>> {
        let places = match &edit.target {
            Target::NewFile(files) => {
                let Some(file) = files.iter().find(|file| has_folder_of(&self.folder, file)) else {
                    let lost = |file: &String| format!("{file}: there is no such folder");
                    return Err(files.iter().map(lost).collect());
                };
                return match self.files.get(file) {
                    Some(source) if source.blocks.is_empty() || !source.pristine().is_empty() => {
                        Err(vec![format!("{file}: it is there already, and not from this series")])
                    }
                    _ => Ok(Spot {
                        file: file.clone(),
                        anchor: None,
                        gap: Gap::default(),
                    }),
                };
            }
            Target::FirstOf(places) => places,
        };
        let mut tried = Vec::new();
        for place in places {
            let located = match (self.files.get(&place.file), Language::of(&place.file)) {
                (Some(source), Some(language)) => structure::locate(language, &source.pristine(), &place.anchor),
                (None, _) => Err("there is no such file".to_owned()),
                (_, None) => Err("its language is not known".to_owned()),
            };
            match located {
                Ok(gap) => {
                    return Ok(Spot {
                        file: place.file.clone(),
                        anchor: Some(place.anchor.clone()),
                        gap,
                    });
                }
                Err(reason) => tried.push(format!("{}: {}: {reason}", place.file, place.anchor)),
            }
        }
        Err(tried)
    }

    /// What applying the whole series changes: nothing where it is applied already.
    ///
    /// # Errors
    /// An edit that does not fit, or lines of the series that somebody changed.
    pub fn applied(&self) -> Result<Vec<Change>, Error> {
        self.refuse_changed()?;
        let mut insertions: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
        for edit in &self.series {
            let Spot { file, gap, .. } = self.place(edit).map_err(|tried| Error::Anchor {
                edit: edit.name.clone(),
                tried,
            })?;
            let pristine = self.files.get(&file).map(Source::pristine).unwrap_or_default();
            let line_end = line_end(&pristine);
            let block = block::make(&edit.name, &edit.text, comment(edit, &file)?, &gap.indent, line_end);
            insertions.entry(file).or_default().push((gap.at, block));
        }
        let mut changes = Vec::new();
        for (file, mut blocks) in insertions {
            // From the end on, so that positions stay; edits at one place keep the series' order.
            blocks.reverse();
            blocks.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
            let old = self.files.get(&file);
            let mut new = old.map(Source::pristine).unwrap_or_default();
            for (at, block) in blocks {
                new.insert_str(at, &block);
            }
            changes.extend(change(file, old, Some(new)));
        }
        Ok(changes)
    }

    /// What reverting the whole series changes.
    ///
    /// # Errors
    /// Lines of the series that somebody changed.
    pub fn reverted(&self) -> Result<Vec<Change>, Error> {
        self.refuse_changed()?;
        let made = |file: &str| {
            let is_it =
                |edit: &Edit| matches!(&edit.target, Target::NewFile(files) if files.iter().any(|path| path == file));
            self.series.iter().any(is_it)
        };
        let mut changes = Vec::new();
        for (file, source) in &self.files {
            let pristine = source.pristine();
            let goes = pristine.is_empty() && !source.blocks.is_empty() && made(file);
            changes.extend(change(file.clone(), Some(source), (!goes).then_some(pristine)));
        }
        Ok(changes)
    }

    /// What the series changes in this tree, whether it is applied or not.
    ///
    /// # Errors
    /// Those of [`Tree::applied`].
    pub fn difference(&self) -> Result<Vec<Change>, Error> {
        let mut changes = self.applied()?;
        // The state before is that without the series, not what is there.
        for (file, source) in &self.files {
            let known = changes.iter_mut().find(|change| &change.file == file);
            let without = Some(source.pristine()).filter(|text| source.blocks.is_empty() || !text.is_empty());
            match known {
                Some(change) => change.old = without,
                None if without.as_deref() != Some(&source.contents) => changes.push(Change {
                    file: file.clone(),
                    old: without,
                    new: Some(source.contents.clone()),
                }),
                None => {}
            }
        }
        changes.sort_by(|a, b| a.file.cmp(&b.file));
        Ok(changes)
    }

    /// Makes these changes, all or none.
    ///
    /// # Errors
    /// The first file that could not be written; the tree is as it was.
    pub fn write(&self, changes: Vec<Change>) -> Result<(), Error> {
        let write = |change: Change| Write {
            path: match self.files.get(&change.file) {
                Some(source) => source.path.clone(),
                None => self.folder.join(&change.file),
            },
            contents: change.new,
        };
        staged::commit(changes.into_iter().map(write).collect())
    }

    fn refuse_changed(&self) -> Result<(), Error> {
        for (file, source) in &self.files {
            if let Some(block) = source.blocks.iter().find(|block| !block.intact) {
                let reason = format!(
                    "the lines between the markers of {} were changed; take them out, with the markers, to go on",
                    block.name
                );
                return Err(Error::contents(file, reason));
            }
        }
        Ok(())
    }
}

impl Source {
    /// The contents without the series.
    fn pristine(&self) -> String {
        block::without(&self.contents, &self.blocks)
    }
}

/// Whether a file declares this variable, not counting what the series declares.
fn declares(files: &BTreeMap<String, Source>, declared: &Declared) -> bool {
    let anchor = Anchor::Variable {
        side: Side::After,
        name: declared.variable.clone(),
    };
    let (Some(source), Some(language)) = (files.get(&declared.file), Language::of(&declared.file)) else {
        return false;
    };
    structure::locate(language, &source.pristine(), &anchor).is_ok()
}

/// Whether the tree has none of the files that this edit changes, and no folder for one that it makes.
fn lacks(root: &Path, edit: &Edit) -> bool {
    match &edit.target {
        Target::NewFile(files) => !files.iter().any(|file| has_folder_of(root, file)),
        Target::FirstOf(places) => !places.iter().any(|place| root.join(&place.file).exists()),
    }
}

fn has_folder_of(root: &Path, file: &str) -> bool {
    root.join(file).parent().is_some_and(Path::is_dir)
}

fn change(file: String, old: Option<&Source>, new: Option<String>) -> Option<Change> {
    let old = old.map(|source| source.contents.clone());
    (old != new).then_some(Change { file, old, new })
}

/// The contents of a file of the tree, if it is there.
fn read(path: &Path, name: &str) -> Result<Option<String>, Error> {
    match fs::metadata(path) {
        Ok(data) if !data.is_file() => return Err(Error::contents(name, "it is no file")),
        Ok(data) if data.len() > LARGEST => return Err(Error::contents(name, "it is larger than any of Emscripten's")),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::file(path)(error)),
    }
    let bytes = fs::read(path).map_err(Error::file(path))?;
    let text = String::from_utf8(bytes).map_err(|_| Error::contents(name, "it is no text in UTF-8"))?;
    Ok(Some(text))
}

fn comment(edit: &Edit, file: &str) -> Result<&'static str, Error> {
    let language = Language::of(file).ok_or_else(|| Error::Edit {
        edit: edit.name.clone(),
        reason: format!("the language of {file} is not known"),
    })?;
    Ok(language.comment())
}

fn line_end(text: &str) -> &'static str {
    match text.split_once('\n') {
        Some((line, _)) if line.ends_with('\r') => "\r\n",
        _ => "\n",
    }
}
