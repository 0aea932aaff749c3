//! The program's code: copied as it is, except for the immediates that name what has been replaced or
//! has moved.
//!
//! An immediate is written at least as wide as it was, so a place where a compiler left room (a padded
//! LEB128, as wasm-ld writes them) changes in place, and a body that names nothing of it is not touched.

use super::Error;
use super::indices::ProgramIndices;
use super::offsets::OffsetMap;
use super::program::Program;
use super::sections::{id, padded_length, reader, write_header, write_padded};
use crate::discover::references::{Reference, Target, references};
use crate::discover::wasm::WasmFacts;
use rayon::prelude::*;
use std::ops::Range;
use wasmparser::FunctionBody;

/// How many bodies one parallel task reads.
const BODIES_PER_TASK: usize = 256;

/// The program's code section and what changes in it.
pub(super) struct Code<'a> {
    bytes: &'a [u8],
    /// The section's contents; empty if the program has none.
    contents: Range<usize>,
    bodies: Vec<Body>,
    edits: Vec<Edit>,
    /// The section's new contents, but for what is appended.
    pieces: Vec<Piece>,
}

/// A function body, in the file.
#[derive(Clone, Copy, Debug)]
struct Body {
    /// Where its size is written.
    size: u32,
    /// Where it begins, behind its size.
    start: u32,
    end: u32,
}

/// An immediate that gets another value.
#[derive(Clone, Copy, Debug)]
struct Edit {
    body: u32,
    start: u32,
    width: u32,
    value: u32,
}

impl Edit {
    fn growth(&self) -> u32 {
        padded_length(self.value, self.width as usize) as u32 - self.width
    }
}

impl<'a> Code<'a> {
    /// Finds the bodies and the immediates that change, and lays out the section with `appended` bodies more.
    pub(super) fn plan(
        program: &Program<'a>,
        facts: &WasmFacts,
        indices: &ProgramIndices,
        appended: u32,
    ) -> Result<Self, Error> {
        let mut code = Code {
            bytes: program.bytes,
            contents: 0..0,
            bodies: Vec::new(),
            edits: Vec::new(),
            pieces: Vec::new(),
        };
        let mut count_width = 0;
        if let Some(section) = program.find(id::CODE) {
            code.contents = section.contents.clone();
            let mut reader = reader(program.bytes, &section.contents);
            let count = reader.read_var_u32()?;
            count_width = reader.current_position() as u32;
            for _ in 0..count {
                let size = reader.original_position() as u32;
                let length = reader.read_var_u32()?;
                let start = reader.original_position() as u32;
                reader.read_bytes(length as usize)?;
                let end = reader.original_position() as u32;
                code.bodies.push(Body { size, start, end });
            }
        }
        let tags_move = indices.added_tags > 0 && program.tags > program.imported_tags;
        code.edits = if indices.renumbered() || tags_move {
            code.all_references(indices, tags_move)?
        } else {
            code.replaced_uses(facts, indices)
        };
        code.check()?;
        let count = (code.bodies.len() as u32)
            .checked_add(appended)
            .ok_or(Error::TooLarge)?;
        code.pieces = pieces(&code.contents, &code.bodies, &code.edits, (count_width, count));
        Ok(code)
    }

    /// The usual case: only uses of replaced functions change, and the scan has found them.
    fn replaced_uses(&self, facts: &WasmFacts, indices: &ProgramIndices) -> Vec<Edit> {
        let uses = facts.uses.iter().filter_map(|found| {
            let value = indices.function(found.function);
            (value != found.function).then_some(Edit {
                body: found.body,
                start: found.immediate.start as u32,
                width: found.immediate.len() as u32,
                value,
            })
        });
        uses.collect()
    }

    /// Everything behind the imports has moved: each body is decoded for what it names.
    fn all_references(&self, indices: &ProgramIndices, tags_move: bool) -> Result<Vec<Edit>, Error> {
        let tasks: Vec<Result<Vec<Edit>, Error>> = self
            .bodies
            .par_chunks(BODIES_PER_TASK)
            .enumerate()
            .map(|(task, bodies)| {
                let mut edits = Vec::new();
                for (position, body) in bodies.iter().enumerate() {
                    let index = (task * BODIES_PER_TASK + position) as u32;
                    self.references(index, body, indices, tags_move, &mut edits)?;
                }
                Ok(edits)
            })
            .collect();
        let mut edits = Vec::new();
        for task in tasks {
            edits.append(&mut task?);
        }
        Ok(edits)
    }

    fn references(
        &self,
        index: u32,
        body: &Body,
        indices: &ProgramIndices,
        tags_move: bool,
        edits: &mut Vec<Edit>,
    ) -> Result<(), Error> {
        let range = body.start as usize..body.end as usize;
        let mut switch = None;
        let body = FunctionBody::new(reader(self.bytes, &range));
        references(
            &body,
            |_, _| Ok(()),
            |reference| {
                let Reference { immediate, target } = reference;
                let (old, value) = match target {
                    Target::Function(function) => (function, indices.function(function)),
                    Target::Tag(tag) => (tag, indices.tag(tag)),
                    Target::SwitchTags => {
                        switch.get_or_insert(immediate.start);
                        return;
                    }
                };
                if old != value {
                    let (start, width) = (immediate.start as u32, immediate.len() as u32);
                    edits.push(Edit {
                        body: index,
                        start,
                        width,
                        value,
                    });
                }
            },
        )?;
        match switch {
            Some(offset) if tags_move => Err(Error::SwitchTags(offset)),
            _ => Ok(()),
        }
    }

    /// Facts of another program would point anywhere.
    fn check(&self) -> Result<(), Error> {
        let mut end = 0;
        for edit in &self.edits {
            let inside = self.bodies.get(edit.body as usize).is_some_and(|body| {
                edit.start >= body.start.max(end)
                    && edit.start.checked_add(edit.width).is_some_and(|end| end <= body.end)
            });
            if !inside || !(1..=5).contains(&edit.width) {
                return Err(Error::Facts(format!(
                    "no function is named at offset {:#x}",
                    edit.start
                )));
            }
            end = edit.start + edit.width;
        }
        Ok(())
    }

    /// How many bodies have a changed immediate.
    pub(super) fn spliced_bodies(&self) -> u32 {
        self.edits.chunk_by(|a, b| a.body == b.body).count() as u32
    }

    /// Where a body begins, counted from the start of the section's contents.
    pub(super) fn body_start(&self, body: u32) -> Option<u32> {
        let body = self.bodies.get(body as usize)?;
        Some(body.start - self.contents.start as u32)
    }

    /// Where the old code is in the new section.
    pub(super) fn offsets(&self) -> OffsetMap {
        let base = self.contents.start;
        let mut offsets = OffsetMap::new(base as u64..self.contents.end as u64);
        let (mut old, mut new) = (0, 0);
        for piece in &self.pieces {
            match piece {
                Piece::Copy(range) => {
                    old += range.end - range.start;
                    new += range.end - range.start;
                }
                Piece::Number { width, value } => {
                    old += width;
                    new += padded_length(*value, *width as usize) as u32;
                    offsets.step(old, new);
                }
            }
        }
        offsets
    }

    /// Writes the section: the program's bodies and then `appended` ones, already encoded with their sizes. Answers
    /// where its contents begin.
    pub(super) fn write(&self, out: &mut Vec<u8>, appended: &[u8]) -> Result<usize, Error> {
        let own: u64 = self.pieces.iter().map(Piece::length).sum();
        let size = u32::try_from(own + appended.len() as u64).map_err(|_| Error::TooLarge)?;
        write_header(out, id::CODE, size);
        let start = out.len();
        for piece in &self.pieces {
            match piece {
                Piece::Copy(range) => {
                    out.extend_from_slice(&self.bytes[range.start as usize..range.end as usize]);
                }
                Piece::Number { width, value } => write_padded(out, *value, *width as usize),
            }
        }
        out.extend_from_slice(appended);
        Ok(start)
    }
}

/// A part of the new code section.
#[derive(Clone, Debug)]
enum Piece {
    /// These bytes of the program's file.
    Copy(Range<u32>),
    /// A number instead of `width` bytes.
    Number { width: u32, value: u32 },
}

impl Piece {
    fn length(&self) -> u64 {
        match self {
            Piece::Copy(range) => u64::from(range.end - range.start),
            Piece::Number { width, value } => padded_length(*value, *width as usize) as u64,
        }
    }
}

/// Lays out the section: its count, and the sizes and immediates that change; the rest is copied.
fn pieces(contents: &Range<usize>, bodies: &[Body], edits: &[Edit], count: (u32, u32)) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (count_width, count) = count;
    let mut copied = contents.start as u32;
    let mut replace = |start: u32, width: u32, value: u32| {
        if start > copied {
            pieces.push(Piece::Copy(copied..start));
        }
        pieces.push(Piece::Number { width, value });
        copied = start + width;
    };
    replace(contents.start as u32, count_width, count);
    for edits in edits.chunk_by(|a, b| a.body == b.body) {
        let grown: u32 = edits.iter().map(Edit::growth).sum();
        let body = edits.first().and_then(|edit| bodies.get(edit.body as usize));
        if let Some(body) = body.filter(|_| grown > 0) {
            replace(
                body.size,
                body.start - body.size,
                (body.end - body.start).saturating_add(grown),
            );
        }
        for edit in edits {
            replace(edit.start, edit.width, edit.value);
        }
    }
    pieces.push(Piece::Copy(copied..contents.end as u32));
    pieces
}
