//! Edits as text splices: each replaces a range of the source by a text, for a reason that can be shown.

use std::ops::Range;

use thiserror::Error;

/// One edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty: the text is inserted there.
    pub range: Range<usize>,
    /// What it is replaced by.
    pub text: String,
    /// Why, as the report says it.
    pub reason: &'static str,
}

/// Edits that cannot be applied: two of them want the same bytes, or one is not in the source.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("line {line}: the edits '{first}' and '{second}' overlap")]
pub struct Overlap {
    /// Line of the second one, from 1.
    pub line: usize,
    /// Reason of the first.
    pub first: &'static str,
    /// Reason of the second.
    pub second: &'static str,
}

/// Edits in the making.
#[derive(Clone, Debug, Default)]
pub(super) struct Edits(Vec<Edit>);

impl Edits {
    pub(super) fn insert(&mut self, at: usize, text: impl Into<String>, reason: &'static str) {
        self.replace(at..at, text, reason);
    }

    pub(super) fn replace(&mut self, range: Range<usize>, text: impl Into<String>, reason: &'static str) {
        self.0.push(Edit {
            range,
            text: text.into(),
            reason,
        });
    }

    /// In the order of the source. Insertions at one place stay in the order in which they were made.
    pub(super) fn sorted(mut self) -> Vec<Edit> {
        self.0.sort_by_key(|edit| (edit.range.start, edit.range.end));
        self.0
    }
}

/// Applies edits that are sorted by their place.
pub fn apply(source: &str, edits: &[Edit]) -> Result<String, Overlap> {
    let added: usize = edits.iter().map(|edit| edit.text.len()).sum();
    let mut output = String::with_capacity(source.len() + added);
    let mut position = 0;
    let mut previous = "the start of the file";
    for edit in edits {
        let between = source.get(position..edit.range.start);
        let (Some(between), Some(_)) = (between, source.get(edit.range.clone())) else {
            let before = source.as_bytes().get(..edit.range.start).unwrap_or(source.as_bytes());
            return Err(Overlap {
                line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
                first: previous,
                second: edit.reason,
            });
        };
        output.push_str(between);
        output.push_str(&edit.text);
        position = edit.range.end;
        previous = edit.reason;
    }
    output.push_str(source.get(position..).unwrap_or_default());
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edits(list: &[(Range<usize>, &str)]) -> Vec<Edit> {
        let mut edits = Edits::default();
        for (range, text) in list {
            edits.replace(range.clone(), *text, "test");
        }
        edits.sorted()
    }

    #[test]
    fn no_edits_change_nothing() {
        assert_eq!(apply("a\u{e9}b", &[]), Ok("a\u{e9}b".into()));
    }

    #[test]
    fn insertions_come_before_what_is_replaced_there_and_keep_their_order() {
        let edits = edits(&[(1..2, "X"), (1..1, "first,"), (1..1, "second,"), (3..3, "!")]);
        assert_eq!(apply("abc", &edits), Ok("afirst,second,Xc!".into()));
    }

    #[test]
    fn overlapping_edits_are_refused_with_their_line() {
        let edits = edits(&[(0..3, ""), (2..4, "")]);
        assert_eq!(apply("\n\nabc", &edits).map_err(|overlap| overlap.line), Err(3));
        assert!(apply("ab", &self::edits(&[(1..9, "")])).is_err());
        assert!(apply("\u{e9}", &self::edits(&[(1..1, "")])).is_err());
    }
}
