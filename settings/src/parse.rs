//! From what a user typed after `-s` to checked values.

use crate::error::SettingsError;
use crate::list;
use crate::setting::{Kind, MAIN, Setting};
use crate::table::SETTINGS;
use std::collections::BTreeMap;
use std::fmt;

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

/// As a user would type it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(on) => write!(f, "{}", u8::from(*on)),
            Value::Bytes(number) | Value::Level(number) => write!(f, "{number}"),
            Value::Choice(word) => f.write_str(word),
            Value::List(items) => f.write_str(&items.join(",")),
        }
    }
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
        let useless = |(name, value): &(&&'static str, &Value)| {
            Setting::find(name).is_some_and(|setting| setting.needs_main() && setting.default() != **value)
        };
        match settings.given.iter().find(useless) {
            Some((name, _)) if settings.is_switched_off() => Err(SettingsError::NeedsMain { name }),
            _ => Ok(settings),
        }
    }

    fn set(&mut self, argument: &str) -> Result<(), SettingsError> {
        let (typed, value) = argument.split_once('=').unwrap_or((argument, "1"));
        // emcc turns NO_NAME around whatever NAME is, for these values only.
        let (name, value) = match (typed.strip_prefix("NO_"), value) {
            (Some(name), "0") => (name, "1"),
            (Some(name), "1") => (name, "0"),
            _ => (typed, value),
        };
        let setting = Setting::find(name).ok_or_else(|| SettingsError::Unknown {
            name: typed.to_owned(),
            nearest: nearest(typed.strip_prefix("NO_").unwrap_or(typed)),
        })?;
        let value = parse_value(setting, value)?;
        if setting
            .not_yet
            .iter()
            .any(|text| parse_value(setting, text).as_ref() == Ok(&value))
        {
            return Err(SettingsError::NotYet {
                name: setting.name,
                value,
            });
        }
        self.given.insert(setting.name, value);
        Ok(())
    }

    /// Puts more items at the end of the list `name`.
    ///
    /// # Errors
    /// There is no such list, or one of them does not fit.
    pub fn append(&mut self, name: &str, items: &[String]) -> Result<(), SettingsError> {
        let (setting, of) = match Setting::find(name) {
            Some(
                setting @ Setting {
                    kind: Kind::List(of), ..
                },
            ) => (setting, *of),
            _ => {
                return Err(SettingsError::Unknown {
                    name: name.to_owned(),
                    nearest: None,
                });
            }
        };
        let mut all = self.list(name);
        all.extend_from_slice(items);
        let all = list::parse(setting.name, of, all.iter().map(String::as_str).collect())?;
        if !items.is_empty() {
            self.given.insert(setting.name, Value::List(all));
        }
        Ok(())
    }

    /// Whether [`MAIN`] was given as 0: it is implied wherever this crate's settings are parsed, and only declared as off in emcc.
    #[must_use]
    pub fn is_switched_off(&self) -> bool {
        self.given.get(MAIN) == Some(&Value::Bool(false))
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
        Some(self.given.get(name).cloned().unwrap_or_else(|| setting.default()))
    }

    /// What was given, as `NAME=VALUE` in the order of the names: the form that the output records.
    #[must_use]
    pub fn given(&self) -> Vec<String> {
        self.given
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    }
}

fn parse_value(setting: &'static Setting, text: &str) -> Result<Value, SettingsError> {
    let name = setting.name;
    let from_file;
    let is_file = text.starts_with('@');
    let text = match text.strip_prefix('@') {
        Some(path) => {
            from_file = std::fs::read_to_string(path).map_err(|error| SettingsError::File {
                name,
                path: path.to_owned(),
                reason: error.to_string(),
            })?;
            from_file.trim()
        }
        None => text,
    };
    let value = match setting.kind {
        Kind::Bool => parse_number(text)
            .filter(|number| *number < 2)
            .map(|number| Value::Bool(number == 1)),
        Kind::Bytes(bounds) => parse_bytes(text)
            .filter(|bytes| bounds.contains(*bytes))
            .map(Value::Bytes),
        Kind::Level(bounds) => parse_number(text)
            .filter(|level| bounds.contains(*level))
            .map(Value::Level),
        Kind::Choice { default, others } => {
            let typed = unquoted(text);
            let mut words = std::iter::once(&default).chain(others);
            words.find(|word| **word == typed).map(|word| Value::Choice(word))
        }
        Kind::List(of) => {
            let items = list::items(text, is_file).map_err(|fault| SettingsError::List { name, fault })?;
            Some(Value::List(list::parse(name, of, items)?))
        }
    };
    value.ok_or_else(|| SettingsError::Value {
        name,
        value: text.to_owned(),
        expected: setting.takes(),
    })
}

/// A plain number, in hexadecimal after 0x.
fn parse_number(text: &str) -> Option<u32> {
    let text = text.trim();
    let (digits, radix) = text.strip_prefix("0x").map_or((text, 10), |digits| (digits, 16));
    // No sign: from_str_radix would take a plus.
    let plain = digits.chars().all(|c| c.is_digit(radix));
    u32::from_str_radix(digits, radix).ok().filter(|_| plain)
}

/// A number with emcc's suffixes KB, MB, GB and TB (powers of 1024); `None` beyond what 32 bits hold.
fn parse_bytes(text: &str) -> Option<u32> {
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, suffix) = text.split_at(split);
    let factor = match suffix.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 1u64,
        "kb" => 1 << 10,
        "mb" => 1 << 20,
        "gb" => 1 << 30,
        "tb" => 1 << 40,
        _ => return None,
    };
    u32::try_from(digits.parse::<u64>().ok()?.checked_mul(factor)?).ok()
}

/// What is in the quotes, if there are any.
fn unquoted(text: &str) -> &str {
    let inside = |quote: char| text.strip_prefix(quote)?.trim_end().strip_suffix(quote);
    inside('\'').or_else(|| inside('"')).unwrap_or(text)
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
    fn emcc_spellings() {
        let settings = Settings::parse([
            "DIRECT_SOCKETS",
            "DIRECT_SOCKETS_RCVBUF=1MB",
            "DIRECT_SOCKETS_SNDBUF= 65536",
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
            "DIRECT_SOCKETS_RCVBUF=1: it takes a number of bytes from 65536 to 1073741824"
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
