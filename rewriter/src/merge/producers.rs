//! The custom section `producers`: that this tool has processed the module.

use wasm_encoder::Encode;
use wasmparser::{BinaryReader, Result};

/// A field of the section: its name and its (name, version) values.
type Field<'a> = (&'a str, Vec<(&'a str, &'a str)>);

const FIELD: &str = "processed-by";
const NAME: &str = env!("CARGO_PKG_NAME");
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The section with this tool added, in place of an older version of it. `None`: it cannot be read.
pub(super) fn merged(section: Option<&[u8]>) -> Option<Vec<u8>> {
    let mut fields = match section {
        Some(section) => read(section).ok()?,
        None => Vec::new(),
    };
    let position = fields.iter().position(|(name, _)| *name == FIELD).unwrap_or_else(|| {
        fields.push((FIELD, Vec::new()));
        fields.len() - 1
    });
    let tools = &mut fields[position].1;
    match tools.iter_mut().find(|(name, _)| *name == NAME) {
        Some((_, version)) => *version = VERSION,
        None => tools.push((NAME, VERSION)),
    }
    let mut out = Vec::new();
    fields.len().encode(&mut out);
    for (name, values) in fields {
        name.encode(&mut out);
        values.len().encode(&mut out);
        for (name, version) in values {
            name.encode(&mut out);
            version.encode(&mut out);
        }
    }
    Some(out)
}

fn read(section: &[u8]) -> Result<Vec<Field<'_>>> {
    let mut reader = BinaryReader::new(section, 0);
    let mut fields = Vec::new();
    for _ in 0..reader.read_var_u32()? {
        let name = reader.read_string()?;
        let mut values = Vec::new();
        for _ in 0..reader.read_var_u32()? {
            values.push((reader.read_string()?, reader.read_string()?));
        }
        fields.push((name, values));
    }
    Ok(fields)
}
