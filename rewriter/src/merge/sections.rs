//! The bytes of sections: where they lie in a module, and how entries are added to one whose own
//! entries stay as they are.

use std::ops::Range;
use wasm_encoder::Encode;
use wasmparser::{BinaryReader, Result, WasmFeatures};

/// Section ids, in the order in which they must appear in a module.
pub(super) mod id {
    pub(crate) const CUSTOM: u8 = 0;
    pub(crate) const TYPE: u8 = 1;
    pub(crate) const IMPORT: u8 = 2;
    pub(crate) const FUNCTION: u8 = 3;
    pub(crate) const TABLE: u8 = 4;
    pub(crate) const MEMORY: u8 = 5;
    pub(crate) const TAG: u8 = 13;
    pub(crate) const GLOBAL: u8 = 6;
    pub(crate) const EXPORT: u8 = 7;
    pub(crate) const START: u8 = 8;
    pub(crate) const ELEMENT: u8 = 9;
    pub(crate) const DATA_COUNT: u8 = 12;
    pub(crate) const CODE: u8 = 10;
    pub(crate) const DATA: u8 = 11;

    /// All but custom sections, in order.
    pub(crate) const ORDER: [u8; 13] = [
        TYPE, IMPORT, FUNCTION, TABLE, MEMORY, TAG, GLOBAL, EXPORT, START, ELEMENT, DATA_COUNT, CODE, DATA,
    ];
}

/// A section of a module.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub(super) id: u8,
    /// With its id and size.
    pub(super) whole: Range<usize>,
    /// Without.
    pub(super) contents: Range<usize>,
}

/// The length of a module's header: magic number and version.
pub(super) const HEADER: usize = 8;

/// The sections of a module whose header has been checked.
pub(super) fn sections(bytes: &[u8]) -> Result<Vec<Section>> {
    let mut found = Vec::new();
    let mut reader = BinaryReader::new(bytes, 0);
    reader.read_bytes(HEADER)?;
    while !reader.eof() {
        let start = reader.current_position();
        let id = reader.read_u8()?;
        let size = reader.read_var_u32()? as usize;
        let contents = reader.current_position();
        reader.read_bytes(size)?;
        let end = reader.current_position();
        found.push(Section {
            id,
            whole: start..end,
            contents: contents..end,
        });
    }
    Ok(found)
}

/// A reader of part of a file, with every feature and the file's offsets.
pub(super) fn reader<'a>(bytes: &'a [u8], range: &Range<usize>) -> BinaryReader<'a> {
    let part = bytes.get(range.clone()).unwrap_or_default();
    BinaryReader::new_features(part, range.start as u64, WasmFeatures::all())
}

/// The entries that an encoder holds, without its size and count.
pub(super) fn entries(encoded: &impl Encode) -> Vec<u8> {
    let mut bytes = Vec::new();
    encoded.encode(&mut bytes);
    let header = leb_length(&bytes);
    let count = leb_length(bytes.get(header..).unwrap_or_default());
    bytes.split_off((header + count).min(bytes.len()))
}

/// The length of the LEB128 number that `bytes` begin with.
pub(super) fn leb_length(bytes: &[u8]) -> usize {
    let rest = bytes.iter().take_while(|byte| **byte & 0x80 != 0).count();
    (rest + 1).min(bytes.len())
}

/// Writes `value` in at least `width` bytes: a number keeps the width that it had, if it can, so that
/// nothing behind it moves.
pub(super) fn write_padded(out: &mut Vec<u8>, value: u32, width: usize) {
    let mut rest = value;
    let mut written = 1;
    while rest >= 0x80 || written < width {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
        written += 1;
    }
    out.push(rest as u8);
}

/// How many bytes [`write_padded`] writes.
pub(super) fn padded_length(value: u32, width: usize) -> usize {
    let needed = (32 - (value | 1).leading_zeros()).div_ceil(7) as usize;
    needed.max(width)
}

/// Contents of a section: a count, then entries.
pub(super) fn counted(count: u32, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut contents = Vec::with_capacity(length + 5);
    count.encode(&mut contents);
    for part in parts {
        contents.extend_from_slice(part);
    }
    contents
}

/// Writes a section's id and size.
pub(super) fn write_header(out: &mut Vec<u8>, id: u8, size: u32) {
    out.push(id);
    size.encode(out);
}
