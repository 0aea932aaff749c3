//! What is made of the table: the declarations in Emscripten's settings.js, its reference of settings, and the list in our help.

use crate::parse::Value;
use crate::setting::{Conflict, Kind, MAIN, Setting};
use crate::table::SETTINGS;
use std::fmt::Write;

/// The width of comments in settings.js.
const WIDTH: usize = 79;

impl Setting {
    /// What it takes, after [`Setting::doc`].
    fn values(&self) -> String {
        let mut out = self.doc.to_owned();
        if matches!(self.kind, Kind::Bytes(_) | Kind::Level(_) | Kind::Choice { .. }) {
            let _ = write!(out, " Takes {}.", self.takes());
        }
        if !self.not_yet.is_empty() {
            let _ = write!(out, " Not there yet: `{}`.", self.not_yet.join("`, `"));
        }
        out
    }

    /// What it needs, implies and cannot go with.
    fn relations(&self) -> String {
        let mut out = String::new();
        if self.needs_main() {
            let _ = write!(out, "Needs `{MAIN}`. ");
        }
        for implied in self.implies {
            let _ = write!(out, "Implies `{}` {}. ", implied.name, implied.when);
        }
        for (at, conflict) in self.conflicts.iter().enumerate() {
            let same = |other: &&Conflict| other.reason == conflict.reason;
            if self.conflicts[..at].iter().any(|other| same(&other)) {
                continue;
            }
            let mut with: Vec<_> = self.conflicts.iter().filter(same).map(Conflict::spelled).collect();
            with.dedup();
            let _ = write!(out, "Not with `{}`: {}. ", with.join("`, `"), conflict.reason);
        }
        let _ = write!(out, "Since {} of wasm-direct-sockets.", self.since);
        out
    }

    /// Its default as settings.js has it. The types are those that emcc takes a user's values with; a boolean is 0 or 1, which
    /// every version can read.
    fn literal(&self) -> String {
        match self.default() {
            Value::Choice(word) => format!("'{word}'"),
            Value::List(items) if items.is_empty() => "[]".to_owned(),
            Value::List(items) => format!("['{}']", items.join("', '")),
            value => value.to_string(),
        }
    }

    /// Both paragraphs in the form of Emscripten's comments: reStructuredText, in lines.
    fn comment(&self) -> Vec<String> {
        let mut lines = wrapped(&self.values());
        lines.push(String::new());
        lines.extend(wrapped(&self.relations()));
        lines
    }
}

/// A paragraph in lines that fit behind `// `, with double backticks.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.replace('`', "``").split_whitespace() {
        if !line.is_empty() && "// ".len() + line.len() + 1 + word.len() > WIDTH {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// The settings as Emscripten's settings.js declares them.
#[must_use]
pub fn declarations() -> String {
    let declare = |setting: &Setting| {
        let comment: String = setting
            .comment()
            .iter()
            .map(|line| format!("// {line}").trim_end().to_owned() + "\n")
            .collect();
        format!("{comment}// [link]\nvar {} = {};\n", setting.name, setting.literal())
    };
    SETTINGS.iter().map(declare).collect::<Vec<_>>().join("\n")
}

/// The settings in the form of Emscripten's reference of settings (settings_reference.rst), as it is made of the declarations.
#[must_use]
pub fn reference() -> String {
    let entry = |setting: &Setting| {
        let name = setting.name;
        format!(
            "\n.. _{}:\n\n{name}\n{}\n\n{}\n\nDefault value: {}\n",
            name.to_lowercase(),
            "=".repeat(name.len()),
            setting.comment().join("\n"),
            setting.literal()
        )
    };
    SETTINGS.iter().map(entry).collect()
}

/// The settings that [`MAIN`] cannot go with as lines of a Python literal, pairs of name and reason: those that are asked for by
/// `-sNAME`. A flag, or one value of a setting, needs code that looks at it.
#[must_use]
pub fn conflicts_python() -> String {
    let conflicts = SETTINGS.iter().flat_map(|setting| setting.conflicts);
    conflicts
        .filter(|conflict| conflict.flag.is_none())
        .map(|conflict| format!("  ('{}', '{}'),\n", conflict.with, conflict.reason))
        .collect()
}

/// What our own help and manual say of each setting: a heading, and a paragraph. There, [`MAIN`] is implied.
pub fn entries() -> impl Iterator<Item = (String, String)> {
    SETTINGS.iter().map(|setting| {
        let heading = match setting.default() {
            _ if setting.name == MAIN => format!("{MAIN} (implied)"),
            Value::List(items) if items.is_empty() => setting.name.to_owned(),
            default => format!("{} (default {default})", setting.name),
        };
        (heading, setting.values())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_comment_tag_and_variable() {
        let text = declarations();
        let blocks: Vec<_> = text.split("\n\n").collect();
        assert_eq!(blocks.len(), SETTINGS.len());
        for (block, setting) in blocks.iter().zip(SETTINGS) {
            let lines: Vec<_> = block.trim_end().lines().collect();
            let (variable, comment) = lines.split_last().expect("lines");
            assert_eq!(*variable, format!("var {} = {};", setting.name, setting.literal()));
            assert_eq!(comment.last(), Some(&"// [link]"));
            assert!(
                comment.iter().all(|line| line.starts_with("//") && line.len() <= 79),
                "{block}"
            );
        }
        for line in [
            "var DIRECT_SOCKETS = 0;",
            "var DIRECT_SOCKETS_BACKEND = 'auto';",
            "var DIRECT_SOCKETS_RCVBUF = 6291456;",
            "var DIRECT_SOCKETS_ALLOW = ['*'];",
            "var DIRECT_SOCKETS_PORT_MAP = [];",
            "var DIRECT_SOCKETS_TRACE = 0;",
        ] {
            assert!(text.lines().any(|other| other == line), "{line}");
        }
    }

    #[test]
    fn the_reference_has_a_section_for_each() {
        let text = reference();
        assert_eq!(text.matches("\n.. _direct_sockets").count(), SETTINGS.len());
        let section = "\n.. _direct_sockets_dns:\n\nDIRECT_SOCKETS_DNS\n==================\n\nHow names become addresses. ``auto`` asks";
        assert!(text.contains(section), "{text}");
        assert!(text.ends_with("\n\nDefault value: []\n"), "{text}");
        assert!(text.lines().all(|line| line.len() <= 79), "{text}");
    }

    #[test]
    fn prose_is_no_markup_by_accident() {
        for setting in SETTINGS {
            let text = format!("{} {}", setting.values(), setting.relations());
            // Outside of backticks these mean something in reStructuredText.
            for prose in text.split('`').step_by(2) {
                assert!(
                    !prose.contains(['*', '|', '\\']) && !prose.contains("_ "),
                    "{}: {prose}",
                    setting.name
                );
            }
        }
    }

    #[test]
    fn relations_gather_conflicts_by_reason() {
        let facts = SETTINGS[0].relations();
        assert!(
            facts.starts_with(
                "Implies `EMIT_SYMBOL_MAP` with --closure, until the link is done. Not with `-pthread`, `-sWASM_WORKERS`: threads are \
                 not supported yet. Not with `-sWASM=0`: the sockets are in the wasm. "
            ),
            "{facts}"
        );
        assert_eq!(facts.matches("dynamic linking").count(), 1, "{facts}");
        assert_eq!(
            SETTINGS[1].relations(),
            "Needs `DIRECT_SOCKETS`. Since 0.1.0 of wasm-direct-sockets."
        );
    }

    #[test]
    fn conflicts_are_pairs() {
        let lines = conflicts_python();
        assert!(
            lines.starts_with("  ('PROXY_POSIX_SOCKETS', 'its sockets are no imports of the wasm'),\n"),
            "{lines}"
        );
        assert!(!lines.contains("pthread") && !lines.contains("'WASM'"), "{lines}");
    }
}
