//! An edit: why, where, and the lines that go there.
//!
//! Its file begins with fields, then an empty line, then the text:
//!
//! ```text
//! Purpose: The settings are declared.
//! At: src/settings.js: after variable PROXY_POSIX_SOCKETS
//!
//! text
//! ```
//!
//! Of several `At:` the first whose file exists and whose anchor is found is used. `New:` names a file that the edit makes; of
//! several the first whose folder exists is used. A tree where the file of `Unless:` declares that variable has no need of the
//! edit, nor has one without any of the files and folders if there is `Optional:`, which says why that may be.

use crate::error::Error;
use std::fmt;

/// One edit of the series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What markers, status and messages call it.
    pub name: String,
    /// Why it is there, one sentence.
    pub purpose: String,
    /// What makes it needless.
    pub unless: Option<Declared>,
    /// A tree may lack all the places where it could go.
    pub optional: bool,
    /// Where it goes.
    pub target: Target,
    /// The lines that are inserted, each with its line end, without the indentation of the place.
    pub text: String,
}

/// A variable that a file may declare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The file, within the tree.
    pub file: String,
    /// The variable's name.
    pub variable: String,
}

/// Where an edit goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Into a file of its own, with the first of these paths within the tree whose folder there is.
    NewFile(Vec<String>),
    /// To the first of these places that there is.
    FirstOf(Vec<Place>),
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, within the tree.
    pub file: String,
    /// The structure in it.
    pub anchor: Anchor,
}

/// A structure of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Beside the declaration of a variable at the top level.
    Variable {
        /// Before or after.
        side: Side,
        /// Its name.
        name: String,
    },
    /// Beside a section of reStructuredText, with all that it contains.
    Section {
        /// Before or after.
        side: Side,
        /// Its title.
        title: String,
    },
    /// Beside a statement, wherever in a function it is nested; it must be there once.
    Statement {
        /// Before or after.
        side: Side,
        /// The whole statement.
        text: String,
        /// The function's name.
        function: String,
    },
}

/// On which side of its anchor an insertion goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The lines before.
    Before,
    /// The lines after.
    After,
}

impl Edit {
    /// Reads an edit from the contents of its file.
    ///
    /// # Errors
    /// What is wrong in it.
    pub fn parse(name: &str, contents: &str) -> Result<Edit, Error> {
        let fault = |reason: String| Error::Edit {
            edit: name.to_owned(),
            reason,
        };
        let (head, text) = contents
            .split_once("\n\n")
            .ok_or_else(|| fault("there is no empty line between its fields and its text".to_owned()))?;
        let (mut purpose, mut unless, mut optional) = (None, None, false);
        let (mut new, mut places) = (Vec::new(), Vec::new());
        for line in head.lines() {
            match line.split_once(": ") {
                Some(("Purpose", value)) => purpose = Some(value.to_owned()),
                Some(("Unless", value)) => {
                    let (file, variable) = value
                        .split_once(": variable ")
                        .ok_or_else(|| fault(format!("no variable: {value}")))?;
                    unless = Some(Declared {
                        file: file.to_owned(),
                        variable: variable.to_owned(),
                    });
                }
                Some(("Optional", _)) => optional = true,
                Some(("New", value)) => new.push(value.to_owned()),
                Some(("At", value)) => {
                    places.push(Place::parse(value).ok_or_else(|| fault(format!("no place: {value}")))?);
                }
                _ => return Err(fault(format!("no field: {line}"))),
            }
        }
        let target = match (new.is_empty(), places.is_empty()) {
            (false, true) => Target::NewFile(new),
            (true, false) => Target::FirstOf(places),
            _ => return Err(fault("it needs either New: or At:".to_owned())),
        };
        if !text.ends_with('\n') {
            return Err(fault("its last line has no line end".to_owned()));
        }
        Ok(Edit {
            name: name.to_owned(),
            purpose: purpose.ok_or_else(|| fault("it has no Purpose:".to_owned()))?,
            unless,
            optional,
            target,
            text: text.to_owned(),
        })
    }

    /// The files that it may be in, and the one that may make it needless.
    pub fn files(&self) -> Vec<&str> {
        let mut files: Vec<&str> = match &self.target {
            Target::NewFile(files) => files.iter().map(String::as_str).collect(),
            Target::FirstOf(places) => places.iter().map(|place| place.file.as_str()).collect(),
        };
        files.extend(self.unless.iter().map(|declared| declared.file.as_str()));
        files
    }
}

impl Place {
    fn parse(text: &str) -> Option<Place> {
        let (file, anchor) = text.split_once(": ")?;
        let (side, anchor) = match anchor.split_once(' ')? {
            ("before", rest) => (Side::Before, rest),
            ("after", rest) => (Side::After, rest),
            _ => return None,
        };
        let anchor = match anchor.split_once(' ')? {
            ("variable", name) => Anchor::Variable {
                side,
                name: name.to_owned(),
            },
            ("section", title) => Anchor::Section {
                side,
                title: title.to_owned(),
            },
            ("statement", rest) => {
                let (text, function) = rest.strip_prefix('`')?.split_once("` of function ")?;
                Anchor::Statement {
                    side,
                    text: text.to_owned(),
                    function: function.to_owned(),
                }
            }
            _ => return None,
        };
        Some(Place {
            file: file.to_owned(),
            anchor,
        })
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Anchor::Variable { side, name } => write!(f, "{side} variable {name}"),
            Anchor::Section { side, title } => write!(f, "{side} section {title}"),
            Anchor::Statement { side, text, function } => write!(f, "{side} statement `{text}` of function {function}"),
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Before => "before",
            Side::After => "after",
        })
    }
}
