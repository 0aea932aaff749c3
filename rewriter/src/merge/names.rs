//! The custom section `name`: functions that moved keep their names, slots that were reused get that of
//! what is in them now, and what was added is named too.
//!
//! Only the subsections that hold indices of functions and tags are rewritten; the others (types, globals,
//! data, what comes after this was written) are copied.

use super::indices::ProgramIndices;
use std::collections::BTreeMap;
use wasm_encoder::Encode;
use wasmparser::{BinaryReader, Result};

/// Ids of the subsections that hold indices of functions or tags.
mod subsection {
    pub(super) const MODULE: u8 = 0;
    pub(super) const FUNCTIONS: u8 = 1;
    pub(super) const LOCALS: u8 = 2;
    pub(super) const LABELS: u8 = 3;
    pub(super) const TAGS: u8 = 11;
}

/// The section with `added` function names, by their new indices. `None`: it cannot be read.
pub(super) fn merged(
    section: &[u8],
    indices: &ProgramIndices,
    added: &BTreeMap<u32, String>,
    tag: Option<(u32, &str)>,
) -> Option<Vec<u8>> {
    merge(section, indices, added, tag).ok()
}

fn merge(
    section: &[u8],
    indices: &ProgramIndices,
    added: &BTreeMap<u32, String>,
    tag: Option<(u32, &str)>,
) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(section.len());
    let mut reader = BinaryReader::new(section, 0);
    let mut functions_written = false;
    while !reader.eof() {
        let id = reader.read_u8()?;
        let contents = reader.read_reader()?;
        if id > subsection::FUNCTIONS && !functions_written {
            // A program that names locals but no functions.
            write(&mut out, subsection::FUNCTIONS, &functions(None, indices, added)?);
            functions_written = true;
        }
        match id {
            subsection::MODULE => write(&mut out, id, rest(contents)?),
            subsection::FUNCTIONS => {
                write(&mut out, id, &functions(Some(contents), indices, added)?);
                functions_written = true;
            }
            subsection::LOCALS | subsection::LABELS if indices.renumbered() => {
                write(&mut out, id, &inner_maps(contents, indices)?);
            }
            subsection::TAGS if tag.is_some() => write(&mut out, id, &tags(contents, indices, tag)?),
            _ => write(&mut out, id, rest(contents)?),
        }
    }
    if !functions_written {
        write(&mut out, subsection::FUNCTIONS, &functions(None, indices, added)?);
    }
    Ok(out)
}

/// The names of functions.
fn functions(
    old: Option<BinaryReader<'_>>,
    indices: &ProgramIndices,
    added: &BTreeMap<u32, String>,
) -> Result<Vec<u8>> {
    let mut names = BTreeMap::new();
    if let Some(mut reader) = old {
        for _ in 0..reader.read_var_u32()? {
            let index = reader.read_var_u32()?;
            names.insert(indices.position(index), bytes(&mut reader)?);
        }
    }
    for (index, name) in added {
        names.insert(*index, name.as_bytes());
    }
    Ok(name_map(&names))
}

/// Maps whose keys are functions and whose values hold no function.
fn inner_maps(mut reader: BinaryReader<'_>, indices: &ProgramIndices) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let count = reader.read_var_u32()?;
    count.encode(&mut out);
    for _ in 0..count {
        indices.position(reader.read_var_u32()?).encode(&mut out);
        let inner = reader.read_var_u32()?;
        inner.encode(&mut out);
        for _ in 0..inner {
            reader.read_var_u32()?.encode(&mut out);
            bytes(&mut reader)?.encode(&mut out);
        }
    }
    Ok(out)
}

fn tags(mut reader: BinaryReader<'_>, indices: &ProgramIndices, added: Option<(u32, &str)>) -> Result<Vec<u8>> {
    let mut names = BTreeMap::new();
    for _ in 0..reader.read_var_u32()? {
        let index = reader.read_var_u32()?;
        names.insert(indices.tag(index), bytes(&mut reader)?);
    }
    names.extend(added.map(|(index, name)| (index, name.as_bytes())));
    Ok(name_map(&names))
}

/// A name; not every tool's are UTF-8, and they are only carried.
fn bytes<'a>(reader: &mut BinaryReader<'a>) -> Result<&'a [u8]> {
    let length = reader.read_var_u32()?;
    reader.read_bytes(length as usize)
}

fn rest<'a>(mut reader: BinaryReader<'a>) -> Result<&'a [u8]> {
    let length = reader.bytes_remaining();
    reader.read_bytes(length)
}

fn name_map(names: &BTreeMap<u32, &[u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    names.len().encode(&mut out);
    for (index, name) in names {
        index.encode(&mut out);
        name.encode(&mut out);
    }
    out
}

fn write(out: &mut Vec<u8>, id: u8, contents: &[u8]) {
    out.push(id);
    contents.encode(out);
}
