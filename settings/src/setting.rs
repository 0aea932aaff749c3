//! What a setting is: the types of the table's rows. What cannot be a row does not compile, as far as types and constants reach.

use crate::parse::Value;
use crate::table::SETTINGS;
use std::fmt::Write;

/// The setting that all others belong to.
pub const MAIN: &str = "DIRECT_SOCKETS";

/// What a setting takes, and what it is when it is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 0 or 1; 0 when it is not given.
    Bool,
    /// A number of bytes, with emcc's suffixes (`64KB`, `6MB`).
    Bytes(Bounded),
    /// A plain number.
    Level(Bounded),
    /// A word, of those that there are.
    Choice {
        /// The one when it is not given.
        default: &'static str,
        /// The others.
        others: &'static [&'static str],
    },
    /// A list, as emcc writes them.
    List(Items),
}

/// A range of numbers and one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounded {
    min: u32,
    default: u32,
    max: u32,
}

impl Bounded {
    /// From `min` to `max`, and `default` when it is not given. In the table, which is a constant, a default that is not in the
    /// range does not compile.
    pub(crate) const fn new(min: u32, default: u32, max: u32) -> Bounded {
        assert!(min <= default && default <= max, "the default is in the range");
        Bounded { min, default, max }
    }

    /// The least value.
    #[must_use]
    pub const fn min(self) -> u32 {
        self.min
    }

    /// The value when it is not given.
    #[must_use]
    pub const fn default(self) -> u32 {
        self.default
    }

    /// The greatest value.
    #[must_use]
    pub const fn max(self) -> u32 {
        self.max
    }

    /// Whether it may be this.
    #[must_use]
    pub const fn contains(self, value: u32) -> bool {
        self.min <= value && value <= self.max
    }
}

/// What a list is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Items {
    /// Rules of what may be reached ([`direct_sockets_runtime::policy::Rule`]), or the word `*` or `none` alone; `*` when it is not
    /// given.
    Rules,
    /// Pairs of ports ([`direct_sockets_runtime::policy::PortMap`]); none when it is not given.
    Ports,
    /// Names of exports; none when it is not given.
    Exports,
}

/// A setting of Emscripten that another one cannot go with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The setting's name in settings.js. Not every version has all of them.
    pub with: &'static str,
    /// How a user asks for it, if not by `-sNAME`.
    pub flag: Option<&'static str>,
    /// Why there is no way with both.
    pub reason: &'static str,
}

impl Conflict {
    /// What a user typed who asked for it.
    #[must_use]
    pub fn spelled(&self) -> String {
        self.flag.map_or_else(|| format!("-s{}", self.with), str::to_owned)
    }
}

/// A setting of Emscripten that another one switches on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Implied {
    /// The setting's name in settings.js.
    pub name: &'static str,
    /// When, as the end of a sentence.
    pub when: &'static str,
}

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name, without `-s`.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// The version of ours that it came with.
    pub since: &'static str,
    /// Values that are declared and refused, because nothing does them yet.
    pub not_yet: &'static [&'static str],
    /// Emscripten's settings that it cannot go with. All that it implies and conflicts with holds for those that need it, too.
    pub conflicts: &'static [Conflict],
    /// Emscripten's settings that it switches on.
    pub implies: &'static [Implied],
    /// One paragraph of documentation; what a user types is in backticks.
    pub doc: &'static str,
}

impl Setting {
    /// The setting of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Setting> {
        SETTINGS.iter().find(|setting| setting.name == name)
    }

    /// Whether it means something only together with [`MAIN`].
    #[must_use]
    pub fn needs_main(&self) -> bool {
        self.name != MAIN
    }

    /// The value that it has when it is not given.
    #[must_use]
    pub fn default(&self) -> Value {
        match self.kind {
            Kind::Bool => Value::Bool(false),
            Kind::Bytes(bounds) => Value::Bytes(bounds.default),
            Kind::Level(bounds) => Value::Level(bounds.default),
            Kind::Choice { default, .. } => Value::Choice(default),
            Kind::List(Items::Rules) => Value::List(vec!["*".to_owned()]),
            Kind::List(Items::Ports | Items::Exports) => Value::List(Vec::new()),
        }
    }

    /// What it takes, as the end of the sentence "it takes …".
    #[must_use]
    pub fn takes(&self) -> String {
        match self.kind {
            Kind::Bool => "0 or 1".to_owned(),
            Kind::Bytes(bounds) => format!("a number of bytes from {} to {}", bounds.min, bounds.max),
            Kind::Level(bounds) => format!("a number from {} to {}", bounds.min, bounds.max),
            Kind::Choice { default, others } => others.iter().fold(format!("one of {default}"), |mut words, word| {
                let _ = write!(words, ", {word}");
                words
            }),
            Kind::List(Items::Rules) => "a list of rules".to_owned(),
            Kind::List(Items::Ports) => "a list of ports".to_owned(),
            Kind::List(Items::Exports) => "a list of exports".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;
    use std::collections::BTreeSet;

    /// `1.2.3` as numbers.
    fn version(text: &str) -> Vec<u32> {
        text.split('.').map(|part| part.parse().expect("a number")).collect()
    }

    #[test]
    fn rows_are_sound() {
        let names: BTreeSet<_> = SETTINGS.iter().map(|setting| setting.name).collect();
        assert_eq!(names.len(), SETTINGS.len(), "two of one name");
        assert_eq!(SETTINGS[0].name, MAIN);
        for setting in SETTINGS {
            let name = setting.name;
            assert!(!setting.needs_main() || name.starts_with("DIRECT_SOCKETS_"), "{name}");
            assert_eq!(version(setting.since).len(), 3, "{name}");
            assert!(version(setting.since) <= version(env!("CARGO_PKG_VERSION")), "{name}");
            // A default is a value that can be typed, and means the same.
            let typed = format!("{name}={}", setting.default());
            let given = Settings::parse([&typed]).expect(&typed);
            assert_eq!(given.get(name), Some(setting.default()));
            for value in setting.not_yet {
                let error = Settings::parse([format!("{name}={value}")]).expect_err(value);
                assert_eq!(error.to_string(), format!("{name}={value} is not there yet"));
            }
            let others = setting.conflicts.iter().map(|conflict| conflict.with);
            for other in others.chain(setting.implies.iter().map(|implied| implied.name)) {
                assert!(
                    Setting::find(other).is_none(),
                    "{name}: {other} is none of Emscripten's"
                );
            }
            let words = setting.doc.split(|c: char| !c.is_ascii_uppercase() && c != '_');
            for other in words.filter(|word| word.starts_with("DIRECT_SOCKETS")) {
                assert!(names.contains(other), "{name}: its documentation names {other}");
            }
            assert!(
                !setting.doc.contains("\n") && setting.doc.ends_with('.'),
                "{name}: one paragraph"
            );
            assert_eq!(setting.doc.matches('`').count() % 2, 0, "{name}");
        }
        assert!(SETTINGS[0].doc.contains("https://wicg.github.io/direct-sockets/"));
    }
}
