//! The custom section `target_features`: what a tool that runs behind us may use and must expect.

use wasm_encoder::Encode;
use wasmparser::{BinaryReader, Result};

/// The prefix of a feature that is used.
const USED: u8 = b'+';

/// The features that a section says are used; none if it cannot be read.
pub(super) fn used(section: &[u8]) -> Vec<&str> {
    let features = read(section).unwrap_or_default();
    features
        .iter()
        .filter(|(prefix, _)| *prefix == USED)
        .map(|(_, name)| *name)
        .collect()
}

/// The section with `added` features used too. `None`: it cannot be read.
pub(super) fn merged(section: &[u8], added: &[&str]) -> Option<Vec<u8>> {
    let mut features = read(section).ok()?;
    for name in added {
        match features.iter_mut().find(|(_, known)| known == name) {
            Some((prefix, _)) => *prefix = USED,
            None => features.push((USED, name)),
        }
    }
    let mut out = Vec::new();
    features.len().encode(&mut out);
    for (prefix, name) in features {
        out.push(prefix);
        name.encode(&mut out);
    }
    Some(out)
}

fn read(section: &[u8]) -> Result<Vec<(u8, &str)>> {
    let mut reader = BinaryReader::new(section, 0);
    let mut features = Vec::new();
    for _ in 0..reader.read_var_u32()? {
        features.push((reader.read_u8()?, reader.read_string()?));
    }
    Ok(features)
}
