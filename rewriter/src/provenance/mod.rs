//! What a rewritten program says about its making: the custom section `direct_sockets`.
//!
//! The section holds one line of JSON (version, settings, hashes of the input) and, after it, what undoes the
//! rewrite byte for byte. So a rewrite of a rewritten program is recognised and refused, and `--upgrade` starts
//! from the very bytes that emcc wrote, which the hashes prove.

mod delta;

use sha2::{Digest, Sha256};
use wasm_encoder::{CustomSection, Encode, Section};

/// Name of the custom section.
pub const SECTION: &str = "direct_sockets";

/// What the section says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The version that made the rewrite.
    pub version: String,
    /// The settings that were given, `NAME=VALUE` each.
    pub settings: Vec<String>,
    wasm_hash: String,
    glue_hash: Option<String>,
    new_wasm_hash: String,
    new_glue_hash: Option<String>,
    wasm_delta: Vec<u8>,
    glue_delta: Vec<u8>,
}

/// Why an input cannot be had back.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum UndoError {
    /// The section is not one of ours, or cut off.
    #[error("its custom section direct_sockets cannot be read")]
    Unreadable,
    /// The file was changed since.
    #[error("the {0} was changed after it was retrofitted; retrofit the program that emcc wrote instead")]
    Changed(&'static str),
}

impl Provenance {
    /// Describes the rewrite of `wasm.0` to `wasm.1` and, if there is one, of the glue `glue.0` to `glue.1`.
    #[must_use]
    pub fn new(settings: Vec<String>, (old_wasm, new_wasm): (&[u8], &[u8]), glue: Option<(&str, &str)>) -> Self {
        Provenance {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            settings,
            wasm_hash: hash(old_wasm),
            glue_hash: glue.map(|(old, _)| hash(old.as_bytes())),
            new_wasm_hash: hash(new_wasm),
            new_glue_hash: glue.map(|(_, new)| hash(new.as_bytes())),
            wasm_delta: delta::make(old_wasm, new_wasm),
            glue_delta: glue.map_or_else(Vec::new, |(old, new)| delta::make(old.as_bytes(), new.as_bytes())),
        }
    }

    /// Appends the section to `wasm`.
    pub fn append_to(&self, wasm: &mut Vec<u8>) {
        let head = serde_json::json!({
            "version": self.version,
            "settings": self.settings,
            "wasm": self.wasm_hash,
            "glue": self.glue_hash,
            "new_wasm": self.new_wasm_hash,
            "new_glue": self.new_glue_hash,
            "undo": [self.wasm_delta.len(), self.glue_delta.len()],
        });
        let mut data = head.to_string().into_bytes();
        data.push(b'\n');
        data.extend_from_slice(&self.wasm_delta);
        data.extend_from_slice(&self.glue_delta);
        let section = CustomSection {
            name: SECTION.into(),
            data: data.into(),
        };
        wasm.push(section.id());
        section.encode(wasm);
    }

    /// Reads the contents of a section.
    ///
    /// # Errors
    /// [`UndoError::Unreadable`].
    pub fn read(data: &[u8]) -> Result<Self, UndoError> {
        Self::parse(data).ok_or(UndoError::Unreadable)
    }

    fn parse(data: &[u8]) -> Option<Self> {
        let line = data.iter().position(|byte| *byte == b'\n')?;
        let head: serde_json::Value = serde_json::from_slice(&data[..line]).ok()?;
        let text = |key: &str| Some(head.get(key)?.as_str()?.to_owned());
        let list = |key: &str| {
            let items = head.get(key)?.as_array()?;
            items
                .iter()
                .map(|item| Some(item.as_str()?.to_owned()))
                .collect::<Option<Vec<String>>>()
        };
        let length = |index: usize| usize::try_from(head.get("undo")?.get(index)?.as_u64()?).ok();
        let deltas = &data[line + 1..];
        let wasm_delta = deltas.get(..length(0)?)?;
        let glue_delta = deltas.get(wasm_delta.len()..)?;
        if glue_delta.len() != length(1)? {
            return None;
        }
        Some(Provenance {
            version: text("version")?,
            settings: list("settings")?,
            wasm_hash: text("wasm")?,
            glue_hash: text("glue"),
            new_wasm_hash: text("new_wasm")?,
            new_glue_hash: text("new_glue"),
            wasm_delta: wasm_delta.to_vec(),
            glue_delta: glue_delta.to_vec(),
        })
    }

    /// The wasm as it was, from the rewritten one with the section at its end.
    ///
    /// # Errors
    /// [`UndoError::Changed`] if it is not the one that was written, or the result not what was recorded.
    pub fn old_wasm(&self, new: &[u8]) -> Result<Vec<u8>, UndoError> {
        let mut section = Vec::new();
        self.append_to(&mut section);
        new.strip_suffix(section.as_slice())
            .filter(|new| hash(new) == self.new_wasm_hash)
            .and_then(|new| delta::apply(new, &self.wasm_delta))
            .filter(|old| hash(old) == self.wasm_hash)
            .ok_or(UndoError::Changed("wasm"))
    }

    /// The glue as it was, from the rewritten one.
    ///
    /// # Errors
    /// [`UndoError::Changed`] if it is not the one that was written, or the result not what was recorded.
    pub fn old_glue(&self, new: &str) -> Result<String, UndoError> {
        // The delta looks only at what it copies: a line that somebody has added would be lost without a word.
        Some(new.as_bytes())
            .filter(|new| Some(hash(new)) == self.new_glue_hash)
            .and_then(|new| delta::apply(new, &self.glue_delta))
            .filter(|old| Some(hash(old)) == self.glue_hash)
            .and_then(|old| String::from_utf8(old).ok())
            .ok_or(UndoError::Changed("JavaScript"))
    }
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &[u8] = b"\0asm\x01\0\0\0";

    fn section_of(wasm: &[u8]) -> Vec<u8> {
        let sections = wasmparser::Parser::new(0).parse_all(wasm);
        sections
            .filter_map(|payload| match payload.expect("a valid wasm") {
                wasmparser::Payload::CustomSection(custom) if custom.name() == SECTION => Some(custom.data().to_vec()),
                _ => None,
            })
            .next()
            .expect("the section")
    }

    #[test]
    fn undoes_both_files() {
        let mut new = OLD.to_vec();
        new.extend_from_slice(&[0, 3, 1, b'x', 7]);
        let glue = ("var a = 1;", "prelude; var a = 2;");
        let made = Provenance::new(vec!["DIRECT_SOCKETS=1".to_owned()], (OLD, &new), Some(glue));
        made.append_to(&mut new);
        let read = Provenance::read(&section_of(&new)).expect("readable");
        assert_eq!(read, made);
        assert_eq!(read.old_wasm(&new).expect("unchanged"), OLD);
        assert_eq!(read.old_glue(glue.1).expect("unchanged"), glue.0);
    }

    #[test]
    fn a_change_since_is_noticed() {
        let glue = (
            "var a = 1; // and so on, for long enough to be copied",
            "prelude; var a = 1; // and so on, for long enough to be copied",
        );
        let made = Provenance::new(vec![], (OLD, OLD), Some(glue));
        for changed in [glue.1.replace("so on", "sooon"), format!("{} // more", glue.1)] {
            assert_eq!(
                made.old_glue(&changed),
                Err(UndoError::Changed("JavaScript")),
                "{changed}"
            );
        }
        let mut wasm = OLD.to_vec();
        made.append_to(&mut wasm);
        assert_eq!(made.old_wasm(&wasm).expect("unchanged"), OLD);
        wasm[4] = 2;
        assert_eq!(made.old_wasm(&wasm), Err(UndoError::Changed("wasm")));
        wasm[4] = 1;
        wasm.extend([0, 2, 1, b'x']);
        assert_eq!(made.old_wasm(&wasm), Err(UndoError::Changed("wasm")));
    }

    #[test]
    fn garbage_is_unreadable() {
        for data in [&b""[..], b"\n", b"{}\n", b"{\"version\":1}\nxx", b"\xff\xff"] {
            assert_eq!(Provenance::read(data), Err(UndoError::Unreadable));
        }
    }
}
