//! The list of a suite's tests that do not pass, each with its reason.
//!
//! A line is `TEST: reason`, or `TEST VERSION: reason` if it is so with one Emscripten only. A line that starts with `- `
//! names a test that is not run at all. Lines that start with `#` say something to the reader.

use super::{Outcome, Verdict};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;

/// Whether a listed test is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Fails,
    NotRun,
}

/// The list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    entries: BTreeMap<(String, Option<String>), (Entry, String)>,
}

impl Known {
    /// Reads the list, which may name nothing but `tests`.
    pub fn parse(text: &str, tests: &[String]) -> Result<Known> {
        let mut entries = BTreeMap::new();
        for line in text
            .lines()
            .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        {
            let (entry, rest) = match line.strip_prefix("- ") {
                Some(rest) => (Entry::NotRun, rest),
                None => (Entry::Fails, line),
            };
            let (subject, reason) = rest
                .split_once(": ")
                .with_context(|| format!("no reason in `{line}`"))?;
            let (name, version) = match subject.split_once(' ') {
                Some((name, version)) => (name, Some(version.to_owned())),
                None => (subject, None),
            };
            if !tests.iter().any(|test| test == name) {
                bail!("`{name}` is no test");
            }
            let key = (name.to_owned(), version);
            if entries.insert(key, (entry, reason.to_owned())).is_some() {
                bail!("`{subject}` stands there twice");
            }
        }
        Ok(Known { entries })
    }

    fn find(&self, test: &str, version: &str) -> Option<&(Entry, String)> {
        let find = |version| self.entries.get(&(test.to_owned(), version));
        find(Some(version.to_owned())).or_else(|| find(None))
    }

    /// Judges a test that Emscripten `version` compiled; `run` runs it, if it is to be run.
    pub fn judge(&self, test: &str, version: &str, run: impl FnOnce() -> Result<Outcome>) -> Verdict {
        let known = self.find(test, version);
        if let Some((Entry::NotRun, reason)) = known {
            return Verdict::Out(reason.clone());
        }
        match (run(), known) {
            (Err(error), _) => Verdict::Wrong(format!("{error:#}")),
            (Ok(Outcome::Untold(reason)), _) => Verdict::Out(reason),
            (Ok(Outcome::Passed), None) => Verdict::Passed,
            (Ok(Outcome::Failed(_)), Some((_, reason))) => Verdict::Known(reason.clone()),
            (Ok(Outcome::Failed(way)), None) => Verdict::Wrong(way),
            (Ok(Outcome::Passed), Some((_, reason))) => {
                Verdict::Wrong(format!("it passes, but the list says: {reason}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(text: &str) -> Result<Known> {
        Known::parse(text, &["first".to_owned(), "second".to_owned()])
    }

    #[test]
    fn a_failure_that_is_listed_is_known_and_a_success_that_is_listed_is_wrong() {
        let list = known("# why\n\nfirst: the platform: it can't\nsecond 3.1.6: a stub\n").expect("parses");
        let failed = || Ok(Outcome::Failed("exit code 1".into()));
        assert_eq!(
            list.judge("first", "6.0.5", failed),
            Verdict::Known("the platform: it can't".into())
        );
        assert_eq!(list.judge("second", "3.1.6", failed), Verdict::Known("a stub".into()));
        assert_eq!(
            list.judge("second", "6.0.5", failed),
            Verdict::Wrong("exit code 1".into())
        );
        let passed = || Ok(Outcome::Passed);
        assert!(matches!(list.judge("first", "3.1.6", passed), Verdict::Wrong(_)));
        assert_eq!(list.judge("second", "6.0.5", passed), Verdict::Passed);
    }

    #[test]
    fn what_is_not_to_be_run_is_not_run() {
        let list = known("- first: it asks the internet\n").expect("parses");
        let verdict = list.judge("first", "3.1.6", || panic!("it was run"));
        assert_eq!(verdict, Verdict::Out("it asks the internet".into()));
    }

    #[test]
    fn what_a_list_may_not_say() {
        assert!(known("first\n").is_err(), "no reason");
        assert!(known("other: x\n").is_err(), "no such test");
        assert!(known("first: x\nfirst: y\n").is_err(), "twice");
    }
}
