//! Sections of reStructuredText: a title with a line of punctuation under it, perhaps one over it, and labels before.
//! <https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html#sections>

use crate::edit::Side;
use crate::structure::Gap;

/// A section as it begins.
#[derive(Clone, Copy)]
struct Section<'source> {
    title: &'source str,
    /// The byte at the start of its first label or of its title.
    start: usize,
    /// What its title is marked with: sections marked alike are of one level, and those marked first are the outermost.
    mark: (char, bool),
}

/// Before the section of this title, or after all that it contains.
pub(crate) fn locate(source: &str, title: &str, side: Side) -> Result<Gap, String> {
    let sections = sections(source);
    let mut named = sections
        .iter()
        .enumerate()
        .filter(|(_, section)| section.title == title);
    let (index, section) = match (named.next(), named.next()) {
        (Some(one), None) => one,
        (None, _) => return Err("there is no such section".to_owned()),
        (Some(_), Some(_)) => return Err("there is more than one such section".to_owned()),
    };
    let level = |section: &Section| sections.iter().position(|other| other.mark == section.mark);
    let at = match side {
        Side::Before => section.start,
        Side::After => sections[index + 1..]
            .iter()
            .find(|next| level(next) <= level(section))
            .map(|next| next.start)
            .ok_or("no section follows")?,
    };
    Ok(Gap {
        at,
        indent: String::new(),
    })
}

fn sections(source: &str) -> Vec<Section<'_>> {
    let mut lines = Vec::new();
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        lines.push((at, line.trim_end()));
        at += line.len();
    }
    let mut found = Vec::new();
    for (index, window) in lines.windows(2).enumerate() {
        let [(_, title), (_, under)] = window else { continue };
        let Some(mark) = ruler(under).filter(|_| under.chars().count() >= title.chars().count()) else {
            continue;
        };
        if title.is_empty() || ruler(title).is_some() {
            continue;
        }
        let over = index.checked_sub(1).is_some_and(|before| lines[before].1 == *under);
        let mut first = index - usize::from(over);
        // Labels, and the empty lines between them, are of the section.
        let mut above = first;
        while let Some(before) = above.checked_sub(1) {
            above = before;
            match lines[before].1 {
                "" => {}
                label if label.starts_with(".. _") && label.ends_with(':') => first = before,
                _ => break,
            }
        }
        found.push(Section {
            title: title.trim(),
            start: lines[first].0,
            mark: (mark, over),
        });
    }
    found
}

/// The one character of punctuation that a line is made of.
fn ruler(line: &str) -> Option<char> {
    let first = line.chars().next().filter(char::is_ascii_punctuation)?;
    (line.len() >= 2 && line.chars().all(|c| c == first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "====\nPage\n====\n\ntext\n\n.. _a:\n\nAa\n==\n\ntext\n\nOne\n---\n\nOne more\n--------\n\n.. _b:\n.. _c:\n\nB!\n==\n";

    #[test]
    fn a_section_has_its_labels_and_its_subsections() {
        let at = |title, side| locate(TEXT, title, side).map(|gap| &TEXT[gap.at..]);
        assert!(at("Aa", Side::Before).is_ok_and(|rest| rest.starts_with(".. _a:")));
        assert!(at("Aa", Side::After).is_ok_and(|rest| rest.starts_with(".. _b:\n.. _c:")));
        assert!(at("One", Side::Before).is_ok_and(|rest| rest.starts_with("One\n")));
        assert!(at("One", Side::After).is_ok_and(|rest| rest.starts_with("One more\n")));
        assert!(at("One more", Side::After).is_ok_and(|rest| rest.starts_with(".. _b:")));
        assert_eq!(at("B!", Side::After), Err("no section follows".to_owned()));
        assert_eq!(at("C", Side::After), Err("there is no such section".to_owned()));
        let twice = TEXT.replace("One more", "One");
        assert_eq!(
            locate(&twice, "One", Side::Before),
            Err("there is more than one such section".to_owned())
        );
    }
}
