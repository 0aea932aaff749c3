//! From what a user typed after `-s` to checked values.

use crate::list;
use crate::table::{Kind, SETTINGS, Setting};
use direct_sockets_runtime::policy::Reason;
use std::collections::BTreeMap;

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Of a [`Kind::Bool`].
    Bool(bool),
    /// Of a [`Kind::Bytes`].
    Bytes(u32),
    /// Of a [`Kind::Level`].
    Level(u32),
    /// Of a [`Kind::Choice`].
    Choice(&'static str),
    /// Of a [`Kind::List`].
    List(Vec<String>),
}

/// Why a `-s` was refused. Each message is a sentence for the person who typed it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SettingsError {
    /// No such setting.
    #[error("there is no setting {name}{}", .nearest.map(|n| format!("; did you mean {n}?")).unwrap_or_default())]
    Unknown {
        /// What was typed.
        name: String,
        /// The setting whose name is nearest.
        nearest: Option<&'static str>,
    },
    /// The value does not fit.
    #[error("{name}={value}: {expected}")]
    Value {
        /// The setting.
        name: &'static str,
        /// What was typed.
        value: String,
        /// What the setting takes.
        expected: String,
    },
    /// An item of a list does not fit.
    #[error("{name}: item {number}, {text:?}, at character {at}: {reason}{}", .nearest.map(|n| format!("; did you mean {n}?")).unwrap_or_default())]
    Item {
        /// The setting.
        name: &'static str,
        /// Which item, from 1.
        number: usize,
        /// What was typed, its beginning.
        text: String,
        /// The character of it, from 1.
        at: usize,
        /// What is wrong there.
        reason: Reason,
        /// The verb that is nearest to the one that was typed.
        nearest: Option<&'static str>,
    },
    /// `@FILE` could not be read.
    #[error("{name}=@{path}: {reason}")]
    File {
        /// The setting.
        name: &'static str,
        /// The file.
        path: String,
        /// The system's reason.
        reason: String,
    },
}

/// The settings of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    given: BTreeMap<&'static str, Value>,
}

impl Settings {
    /// Parses what stood after each `-s`. A later one wins, as with emcc.
    ///
    /// # Errors
    /// The first one that names no setting or has a value that does not fit.
    pub fn parse<S: AsRef<str>>(arguments: impl IntoIterator<Item = S>) -> Result<Self, SettingsError> {
        let mut settings = Settings::default();
        for argument in arguments {
            settings.set(argument.as_ref())?;
        }
        Ok(settings)
    }

    fn set(&mut self, argument: &str) -> Result<(), SettingsError> {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim())),
            None => (argument.trim(), None),
        };
        if let Some(setting) = Setting::find(name) {
            let value = parse_value(setting, value)?;
            self.given.insert(setting.name, value);
            return Ok(());
        }
        // NO_NAME, and NO_NAME=1, switch a boolean off.
        let negated = name
            .strip_prefix("NO_")
            .and_then(Setting::find)
            .filter(|s| s.kind == Kind::Bool);
        if let (Some(setting), None | Some("1")) = (negated, value) {
            self.given.insert(setting.name, Value::Bool(false));
            return Ok(());
        }
        Err(SettingsError::Unknown {
            name: name.to_owned(),
            nearest: nearest(name),
        })
    }

    /// Whether the boolean setting `name` is on.
    #[must_use]
    pub fn bool(&self, name: &str) -> bool {
        self.get(name) == Some(Value::Bool(true))
    }

    /// The value of `name` in bytes; 0 for a setting that has no such value.
    #[must_use]
    pub fn bytes(&self, name: &str) -> u32 {
        match self.get(name) {
            Some(Value::Bytes(bytes)) => bytes,
            _ => 0,
        }
    }

    /// The level that `name` has; 0 for a setting that has none.
    #[must_use]
    pub fn level(&self, name: &str) -> u32 {
        match self.get(name) {
            Some(Value::Level(level)) => level,
            _ => 0,
        }
    }

    /// The word that `name` has; empty for a setting that has none.
    #[must_use]
    pub fn choice(&self, name: &str) -> &'static str {
        match self.get(name) {
            Some(Value::Choice(word)) => word,
            _ => "",
        }
    }

    /// The items of the list `name`; none for a setting that has none.
    #[must_use]
    pub fn list(&self, name: &str) -> Vec<String> {
        match self.get(name) {
            Some(Value::List(items)) => items,
            _ => Vec::new(),
        }
    }

    /// These, and what `recorded` has of those that are not given here.
    #[must_use]
    pub fn or(mut self, recorded: Settings) -> Settings {
        for (name, value) in recorded.given {
            self.given.entry(name).or_insert(value);
        }
        self
    }

    /// The value of `name`, given or default; `None` if there is no such setting.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value> {
        let setting = Setting::find(name)?;
        match self.given.get(name) {
            Some(value) => Some(value.clone()),
            None => parse_value(setting, Some(setting.default)).ok(),
        }
    }

    /// What was given, as `NAME=VALUE` in the order of the names: the form that the output records.
    #[must_use]
    pub fn given(&self) -> Vec<String> {
        self.given
            .iter()
            .map(|(name, value)| match value {
                Value::Bool(on) => format!("{name}={}", u8::from(*on)),
                Value::Bytes(number) | Value::Level(number) => format!("{name}={number}"),
                Value::Choice(word) => format!("{name}={word}"),
                Value::List(items) => format!("{name}={}", items.join(",")),
            })
            .collect()
    }
}

fn parse_value(setting: &'static Setting, text: Option<&str>) -> Result<Value, SettingsError> {
    let text = match text {
        None if setting.kind == Kind::Bool => return Ok(Value::Bool(true)),
        None if matches!(setting.kind, Kind::Level(_)) => return Ok(Value::Level(1)),
        None => "",
        Some(text) => text,
    };
    let from_file;
    let is_file = text.starts_with('@');
    let text = match text.strip_prefix('@') {
        Some(path) => {
            from_file = std::fs::read_to_string(path).map_err(|error| SettingsError::File {
                name: setting.name,
                path: path.to_owned(),
                reason: error.to_string(),
            })?;
            from_file.trim()
        }
        None if matches!(setting.kind, Kind::List(_)) => text,
        None => text.trim_matches(['"', '\'']),
    };
    let refuse = |expected: String| SettingsError::Value {
        name: setting.name,
        value: text.to_owned(),
        expected,
    };
    match setting.kind {
        Kind::Bool => match text {
            "0" => Ok(Value::Bool(false)),
            "1" => Ok(Value::Bool(true)),
            _ => Err(refuse("it takes 0 or 1".to_owned())),
        },
        Kind::Bytes { min, max } => match parse_bytes(text) {
            Some(bytes) if (min..=max).contains(&bytes) => Ok(Value::Bytes(bytes)),
            _ => Err(refuse(format!("it takes a number of bytes from {min} to {max}"))),
        },
        Kind::Level(most) => match text.parse() {
            Ok(level) if level <= most => Ok(Value::Level(level)),
            _ => Err(refuse(format!("it takes a number from 0 to {most}"))),
        },
        Kind::Choice(words) => match words.iter().find(|word| **word == text) {
            Some(word) => Ok(Value::Choice(word)),
            None => Err(refuse(format!("it takes one of {}", words.join(", ")))),
        },
        Kind::List(of) => list::parse(setting.name, of, list::items(text, is_file)).map(Value::List),
    }
}

/// A number with emcc's suffixes KB, MB and GB (`expand_byte_size_suffixes`: powers of 1024).
fn parse_bytes(text: &str) -> Option<u32> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, suffix) = text.split_at(split);
    let factor: u32 = match suffix.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1 << 10,
        "mb" => 1 << 20,
        "gb" => 1 << 30,
        _ => return None,
    };
    digits.parse::<u32>().ok()?.checked_mul(factor)
}

/// The setting whose name is nearest, if it is near at all.
fn nearest(name: &str) -> Option<&'static str> {
    nearest_of(&name.to_ascii_uppercase(), SETTINGS.iter().map(|setting| setting.name))
}

/// The word that is nearest, if it is near at all.
pub(crate) fn nearest_of(typed: &str, words: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    words
        .map(|word| (edit_distance(typed, word), word))
        .min()
        .filter(|(distance, known)| distance * 3 <= known.len())
        .map(|(_, known)| known)
}

/// Levenshtein distance in bytes; names of settings are ASCII.
fn edit_distance(a: &str, b: &str) -> usize {
    let b = b.as_bytes();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(argument: &str) -> String {
        match Settings::parse([argument]) {
            Ok(settings) => format!("accepted: {:?}", settings.given()),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn defaults_fit_their_own_kinds() {
        for setting in SETTINGS {
            assert!(
                parse_value(setting, Some(setting.default)).is_ok(),
                "{}={}",
                setting.name,
                setting.default
            );
        }
    }

    #[test]
    fn emcc_spellings() {
        let settings = Settings::parse([
            "DIRECT_SOCKETS",
            "DIRECT_SOCKETS_RCVBUF=1MB",
            "DIRECT_SOCKETS_SNDBUF = 65536",
            "DIRECT_SOCKETS_BACKEND='node'",
        ])
        .expect("these are valid");
        assert!(settings.bool("DIRECT_SOCKETS"));
        assert_eq!(settings.bytes("DIRECT_SOCKETS_RCVBUF"), 1 << 20);
        assert_eq!(settings.bytes("DIRECT_SOCKETS_SNDBUF"), 65536);
        assert_eq!(settings.choice("DIRECT_SOCKETS_BACKEND"), "node");
        assert_eq!(
            settings.given(),
            [
                "DIRECT_SOCKETS=1",
                "DIRECT_SOCKETS_BACKEND=node",
                "DIRECT_SOCKETS_RCVBUF=1048576",
                "DIRECT_SOCKETS_SNDBUF=65536"
            ]
        );
    }

    #[test]
    fn a_level_is_a_number_or_one() {
        for (argument, level) in [
            ("DIRECT_SOCKETS_TRACE", 1),
            ("DIRECT_SOCKETS_TRACE=0", 0),
            ("DIRECT_SOCKETS_TRACE=2", 2),
        ] {
            let settings = Settings::parse([argument]).expect("valid");
            assert_eq!(settings.level("DIRECT_SOCKETS_TRACE"), level, "{argument}");
            assert_eq!(settings.given(), [format!("DIRECT_SOCKETS_TRACE={level}")]);
        }
        assert_eq!(Settings::default().level("DIRECT_SOCKETS_TRACE"), 0);
        assert_eq!(
            error("DIRECT_SOCKETS_TRACE=3"),
            "DIRECT_SOCKETS_TRACE=3: it takes a number from 0 to 2"
        );
    }

    #[test]
    fn the_last_one_wins_and_no_switches_off() {
        let settings = Settings::parse(["DIRECT_SOCKETS=1", "NO_DIRECT_SOCKETS"]).expect("valid");
        assert!(!settings.bool("DIRECT_SOCKETS"));
    }

    #[test]
    fn refusals_are_sentences() {
        assert_eq!(
            error("DIRECT_SOCKET"),
            "there is no setting DIRECT_SOCKET; did you mean DIRECT_SOCKETS?"
        );
        assert_eq!(
            error("direct_sockets_rcvbuf=1MB"),
            "there is no setting direct_sockets_rcvbuf; did you mean DIRECT_SOCKETS_RCVBUF?"
        );
        assert_eq!(error("ASYNCIFY"), "there is no setting ASYNCIFY");
        assert_eq!(error("DIRECT_SOCKETS=2"), "DIRECT_SOCKETS=2: it takes 0 or 1");
        assert_eq!(
            error("DIRECT_SOCKETS_RCVBUF=5000000000"),
            "DIRECT_SOCKETS_RCVBUF=5000000000: it takes a number of bytes from 65536 to 1073741824"
        );
        assert_eq!(
            error("DIRECT_SOCKETS_RCVBUF"),
            "DIRECT_SOCKETS_RCVBUF=: it takes a number of bytes from 65536 to 1073741824"
        );
        assert_eq!(
            error("DIRECT_SOCKETS_BACKEND=deno"),
            "DIRECT_SOCKETS_BACKEND=deno: it takes one of auto, direct, node"
        );
        assert!(error("DIRECT_SOCKETS_RCVBUF=@/nonexistent").starts_with("DIRECT_SOCKETS_RCVBUF=@/nonexistent: "));
    }

    #[test]
    fn values_from_files() {
        let file = std::env::temp_dir().join(format!("direct-sockets-settings-{}", std::process::id()));
        std::fs::write(&file, "node\n").expect("a temporary file");
        let settings = Settings::parse([format!("DIRECT_SOCKETS_BACKEND=@{}", file.display())]);
        std::fs::remove_file(&file).expect("it is there");
        assert_eq!(settings.expect("valid").choice("DIRECT_SOCKETS_BACKEND"), "node");
    }
}
