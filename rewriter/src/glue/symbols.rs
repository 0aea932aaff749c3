//! Files that say what minified names mean, for glue whose own symbols closure has renamed: emcc's
//! `--emit-symbol-map` (`index:name` per line), its minification map (`name => short` per line), and JSON
//! (`{"short": "name"}`), which is easily written by hand.

use std::collections::BTreeMap;

use thiserror::Error;

/// What such a file tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SymbolMap {
    /// Function index to name.
    pub functions: BTreeMap<u32, String>,
    /// Import field to name.
    pub fields: BTreeMap<String, String>,
}

/// Why a file could not be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SymbolMapError {
    /// It starts like JSON and is none, or is not an object of strings.
    #[error("as JSON it must be one object whose values are strings, {{\"field\": \"name\"}}: {0}")]
    Json(String),
    /// A line of none of the known shapes.
    #[error("line {line}: expected `index:name`, `name => field` or `field: name`, found `{text}`")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// It.
        text: String,
    },
    /// Nothing in it.
    #[error("it holds no symbols")]
    Empty,
}

/// Reads such a file.
pub fn parse(text: &str) -> Result<SymbolMap, SymbolMapError> {
    let map = if text.trim_start().starts_with('{') {
        parse_json(text)?
    } else {
        parse_lines(text)?
    };
    if map == SymbolMap::default() {
        return Err(SymbolMapError::Empty);
    }
    Ok(map)
}

fn parse_json(text: &str) -> Result<SymbolMap, SymbolMapError> {
    let entries: BTreeMap<String, String> =
        serde_json::from_str(text).map_err(|error| SymbolMapError::Json(error.to_string()))?;
    let mut map = SymbolMap::default();
    for (key, name) in entries {
        map.add(&key, name);
    }
    Ok(map)
}

fn parse_lines(text: &str) -> Result<SymbolMap, SymbolMapError> {
    let mut map = SymbolMap::default();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        // wasm-opt prints both sides with their modules: env.fd_write => a.b
        let field = |text: &str| text.rsplit('.').next().unwrap_or(text).trim().to_owned();
        if let Some((name, short)) = line.split_once("=>") {
            map.fields.insert(field(short), field(name));
        } else if let Some((key, name)) = line.split_once(':') {
            map.add(key.trim(), unescape(name.trim()));
        } else {
            let text = line.chars().take(60).collect();
            return Err(SymbolMapError::Line { line: number + 1, text });
        }
    }
    Ok(map)
}

impl SymbolMap {
    /// A key of digits alone is a function's index: no import field starts with a digit.
    fn add(&mut self, key: &str, name: String) {
        match key.parse() {
            Ok(index) => self.functions.insert(index, name),
            Err(_) => self.fields.insert(key.to_owned(), name),
        };
    }
}

/// wasm-opt writes what is no identifier character as a backslash and two hexadecimal digits.
fn unescape(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits
            .filter(|_| first == b'\\')
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emccs_symbol_map() {
        let map = parse("0:__syscall_connect\n1:fd_write\n12:std::foo\\28int\\29\n").expect("is one");
        assert_eq!(map.functions[&0], "__syscall_connect");
        assert_eq!(map.functions[&12], "std::foo(int)");
        assert!(map.fields.is_empty());
    }

    #[test]
    fn a_minification_map_and_json() {
        let lines = parse("env.__syscall_connect => a.g\nwasi_snapshot_preview1.fd_write => a.a\n").expect("is one");
        let json = parse(r#"{"g": "__syscall_connect", "a": "fd_write"}"#).expect("is one");
        assert_eq!(lines, json);
        assert_eq!(json.fields["g"], "__syscall_connect");
    }

    #[test]
    fn what_is_none_is_refused_with_its_line() {
        assert_eq!(parse("\n \n"), Err(SymbolMapError::Empty));
        assert_eq!(parse("{}"), Err(SymbolMapError::Empty));
        assert!(matches!(parse("{\"a\": 1}"), Err(SymbolMapError::Json(_))));
        assert!(matches!(
            parse("0:a\nnonsense\n"),
            Err(SymbolMapError::Line { line: 2, .. })
        ));
    }
}
