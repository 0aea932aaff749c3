//! The custom sections `metadata.code.*`: remarks about instructions, by function and by offset in its
//! body (branch hints). Engines act on them, so one that is off by a byte is worse than none.

use super::indices::ProgramIndices;
use super::offsets::OffsetMap;
use super::splice::Code;
use wasm_encoder::Encode;
use wasmparser::{BinaryReader, Result};

/// What the names of these sections start with.
pub(super) const PREFIX: &str = "metadata.code.";

/// Sections of that kind whose values hold no index themselves.
const WITHOUT_INDICES: [&str; 4] = ["branch_hint", "trace_inst", "instr_freq", "compilation_priority"];

/// The section for the code as it is now. `None`: it cannot be read, or its values may hold what has moved.
pub(super) fn moved(
    name: &str,
    section: &[u8],
    code: &Code<'_>,
    indices: &ProgramIndices,
    offsets: &OffsetMap,
) -> Option<Vec<u8>> {
    let known = name.strip_prefix(PREFIX)?;
    if !WITHOUT_INDICES.contains(&known) {
        return None;
    }
    rewrite(section, code, indices, offsets).ok()?
}

fn rewrite(section: &[u8], code: &Code<'_>, indices: &ProgramIndices, offsets: &OffsetMap) -> Result<Option<Vec<u8>>> {
    let mut out = Vec::with_capacity(section.len());
    let mut reader = BinaryReader::new(section, 0);
    let functions = reader.read_var_u32()?;
    functions.encode(&mut out);
    for _ in 0..functions {
        let function = reader.read_var_u32()?;
        indices.position(function).encode(&mut out);
        let body = function.checked_sub(indices.functions.imported);
        let remarks = reader.read_var_u32()?;
        remarks.encode(&mut out);
        for _ in 0..remarks {
            let old = reader.read_var_u32()?;
            let Some(new) = body.and_then(|body| offset(body, old, code, offsets)) else {
                return Ok(None);
            };
            new.encode(&mut out);
            let length = reader.read_var_u32()?;
            reader.read_bytes(length as usize)?.encode(&mut out);
        }
    }
    Ok(Some(out))
}

/// Where an instruction is now, counted from the start of its body.
fn offset(body: u32, old: u32, code: &Code<'_>, offsets: &OffsetMap) -> Option<u32> {
    let start = u64::from(code.body_start(body)?);
    let new = offsets.in_code(start + u64::from(old))? - offsets.in_code(start)?;
    u32::try_from(new).ok()
}
