//! The list of programs that are known to print something else than on Linux, each with its reason.
//!
//! A line is `PROGRAM: reason`, or `PROGRAM VERSION: reason` if it is so with one Emscripten only. What has one reason may have
//! one line: `PROGRAM, PROGRAM: reason`. `PROGRAM sometimes` may print either. Lines that start with `#` say something to the reader.

use super::Program;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;

/// Stands where a version does.
const SOMETIMES: &str = "sometimes";

/// The list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    reasons: BTreeMap<(String, Option<String>), String>,
}

impl Differences {
    /// Reads the list, which may name nothing but `programs` and have `most` lines at most: beyond that, something else than
    /// the platform is to blame.
    pub fn parse(text: &str, programs: &[Program], most: usize) -> Result<Differences> {
        let mut reasons = BTreeMap::new();
        let mut count = 0;
        for line in text
            .lines()
            .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        {
            let (subject, reason) = line
                .split_once(": ")
                .with_context(|| format!("no reason in `{line}`"))?;
            count += 1;
            for subject in subject.split(", ") {
                let (name, version) = match subject.split_once(' ') {
                    Some((name, version)) => (name, Some(version.to_owned())),
                    None => (subject, None),
                };
                if !programs.iter().any(|program| program.name == name) {
                    bail!("`{name}` is no program");
                }
                if reasons.insert((name.to_owned(), version), reason.to_owned()).is_some() {
                    bail!("`{subject}` stands there twice");
                }
            }
        }
        if count > most {
            bail!("{count} differences are listed, {most} is the most");
        }
        Ok(Differences { reasons })
    }

    /// Why `program` differs when it is compiled by Emscripten `version`; `None` if it has no reason to.
    pub fn reason(&self, program: &str, version: &str) -> Option<&str> {
        let find = |version| self.reasons.get(&(program.to_owned(), version));
        find(None)
            .or_else(|| find(Some(version.to_owned())))
            .or_else(|| find(Some(SOMETIMES.to_owned())))
            .map(String::as_str)
    }

    /// It may print the same, too.
    pub fn may_pass(&self, program: &str) -> bool {
        self.reasons
            .contains_key(&(program.to_owned(), Some(SOMETIMES.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs(names: &[&str]) -> Vec<Program> {
        let program = |name: &&str| Program {
            name: (*name).into(),
            question: "?".into(),
            needs: None,
            source: String::new(),
        };
        names.iter().map(program).collect()
    }

    #[test]
    fn a_line_is_for_every_version_or_for_one() {
        let text = "# why\n\nfirst, third: the platform: it can't\nsecond 3.1.6: a stub\n";
        let list = Differences::parse(text, &programs(&["first", "second", "third"]), 2).expect("parses");
        assert_eq!(list.reason("first", "6.0.5"), Some("the platform: it can't"));
        assert_eq!(list.reason("third", "3.1.6"), list.reason("first", "6.0.5"));
        assert_eq!(list.reason("second", "3.1.6"), Some("a stub"));
        assert_eq!(list.reason("second", "6.0.5"), None);
    }

    #[test]
    fn what_happens_sometimes_is_no_mistake_of_the_list() {
        let list = Differences::parse("first sometimes: timing\n", &programs(&["first"]), 1).expect("parses");
        assert_eq!(list.reason("first", "6.0.5"), Some("timing"));
        assert!(list.may_pass("first") && !list.may_pass("second"));
    }

    #[test]
    fn what_a_list_may_not_say() {
        let refused = |text: &str| Differences::parse(text, &programs(&["first", "second"]), 1).is_err();
        assert!(!refused("first, second: x\n"), "one line");
        assert!(refused("first\n"), "no reason");
        assert!(refused("other: x\n"), "no such program");
        assert!(refused("first, first: x\n"), "twice");
        assert!(refused("first: x\nsecond: y\n"), "too many lines");
    }
}
