//! Blocks: lines of the series in a file of somebody else, between two marker lines.
//!
//! ```text
//! # wasm-direct-sockets: begin NAME HASH
//! …
//! # wasm-direct-sockets: end NAME
//! ```
//!
//! HASH is of the lines between, so that lines which were changed since are noticed, whichever version wrote them. In
//! reStructuredText, where a comment is a paragraph, an empty line after the last belongs to the block.

use sha2::{Digest, Sha256};
use std::ops::Range;

const TAG: &str = "wasm-direct-sockets: ";

/// What starts a comment of reStructuredText.
const PARAGRAPH: &str = "..";

/// A block that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The edit that it is of.
    pub name: String,
    /// Its bytes, marker lines included.
    pub range: Range<usize>,
    /// Whether what is between its markers is what was written there.
    pub intact: bool,
}

/// The block with these lines. `comment` starts a comment in the file's language.
#[must_use]
pub fn make(name: &str, text: &str, comment: &str, indent: &str, line_end: &str) -> String {
    let body: String = text
        .lines()
        .map(|line| match line {
            "" => line_end.to_owned(),
            line => format!("{indent}{line}{line_end}"),
        })
        .collect();
    let hash = hash(&body);
    let gap = if comment == PARAGRAPH { line_end } else { "" };
    format!(
        "{indent}{comment} {TAG}begin {name} {hash}{line_end}{body}{indent}{comment} {TAG}end {name}{line_end}{gap}"
    )
}

/// The blocks of a file, in order.
///
/// # Errors
/// A marker without its partner, as a sentence.
pub fn find(contents: &str) -> Result<Vec<Block>, String> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, &str, usize, usize)> = None;
    let mut at = 0;
    let mut lines = contents.split_inclusive('\n').enumerate().peekable();
    while let Some((number, line)) = lines.next() {
        let mut end = at + line.len();
        let lost = |marker: &str| {
            format!(
                "line {}: a marker {TAG}{marker} has no partner; restore the file",
                number + 1
            )
        };
        match (marker(line), open) {
            (None, _) => {}
            (Some(("begin", name, hash)), None) => open = Some((name, hash, at, end)),
            (Some(("end", name, "")), Some((begun, digest, start, body))) if name == begun => {
                let intact = contents.get(body..at).is_some_and(|body| hash(body) == digest);
                let is_paragraph = line.trim_start().starts_with(PARAGRAPH);
                if let Some((_, empty)) = lines.next_if(|(_, next)| is_paragraph && next.trim().is_empty()) {
                    end += empty.len();
                }
                blocks.push(Block {
                    name: name.to_owned(),
                    range: start..end,
                    intact,
                });
                open = None;
            }
            (Some((word, ..)), _) => return Err(lost(word)),
        }
        at = end;
    }
    match open {
        Some((name, ..)) => Err(format!("the marker {TAG}begin {name} has no end; restore the file")),
        None => Ok(blocks),
    }
}

/// The contents without these blocks.
#[must_use]
pub fn without(contents: &str, blocks: &[Block]) -> String {
    let mut kept = String::with_capacity(contents.len());
    let mut at = 0;
    for block in blocks {
        kept.push_str(contents.get(at..block.range.start).unwrap_or_default());
        at = block.range.end;
    }
    kept.push_str(contents.get(at..).unwrap_or_default());
    kept
}

/// What a marker line says: `begin` or `end`, the name, the hash.
fn marker(line: &str) -> Option<(&str, &str, &str)> {
    let line = line.trim();
    let said = line
        .strip_prefix("# ")
        .or(line.strip_prefix("// "))
        .or(line.strip_prefix(".. "))?
        .strip_prefix(TAG)?;
    let mut words = said.split(' ');
    let word = words.next().filter(|word| ["begin", "end"].contains(word))?;
    Some((word, words.next()?, words.next().unwrap_or_default()))
}

fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
