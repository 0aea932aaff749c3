//! Where everything is in the merged module.
//!
//! The program keeps its indices: what the merge adds comes behind what the program defines. Two things
//! can force a shift, because imports come before definitions: host imports for which the replaced
//! imports left too few slots (functions), and the imported `jstag` (tags).

use super::Error;
use std::collections::BTreeMap;
use wasm_encoder::reencode::{self, Reencode};

/// Where the program's functions are: function imports are added behind its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionMap {
    pub(super) imported: u32,
    pub(super) defined: u32,
    pub(super) added: u32,
}

impl FunctionMap {
    /// How many functions the program had, with its imports.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.imported.saturating_add(self.defined)
    }

    /// Where a function of the program is now; a replaced one is still what it was. An import's slot may hold another one.
    #[must_use]
    pub fn position(&self, function: u32) -> u32 {
        if function < self.imported {
            function
        } else {
            function.saturating_add(self.added)
        }
    }
}

/// The program's functions and tags.
#[derive(Clone, Debug)]
pub(super) struct ProgramIndices {
    pub(super) functions: FunctionMap,
    /// What takes the place of each imported function in every use.
    pub(super) replaced: Vec<Option<u32>>,
    /// What takes the place of defined functions.
    pub(super) stubs: BTreeMap<u32, u32>,
    pub(super) imported_tags: u32,
    pub(super) added_tags: u32,
    /// Something that was asked for has changed.
    pub(super) changed: bool,
}

impl ProgramIndices {
    /// See [`FunctionMap::position`].
    pub(super) fn position(&self, function: u32) -> u32 {
        self.functions.position(function)
    }

    /// What a use of a function becomes.
    pub(super) fn function(&self, function: u32) -> u32 {
        match self.replaced.get(function as usize) {
            Some(Some(replacement)) => *replacement,
            _ => match self.stubs.get(&function) {
                Some(replacement) => *replacement,
                None => self.position(function),
            },
        }
    }

    /// Where a tag is now.
    pub(super) fn tag(&self, tag: u32) -> u32 {
        if tag < self.imported_tags {
            tag
        } else {
            tag.saturating_add(self.added_tags)
        }
    }

    /// All functions behind the imports have moved.
    pub(super) fn renumbered(&self) -> bool {
        self.functions.added > 0
    }
}

impl Reencode for ProgramIndices {
    type Error = Error;

    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error<Error>> {
        let now = self.function(function);
        self.changed |= now != function;
        Ok(now)
    }

    fn tag_index(&mut self, tag: u32) -> Result<u32, reencode::Error<Error>> {
        let now = self.tag(tag);
        self.changed |= now != tag;
        Ok(now)
    }
}

/// The runtime's.
#[derive(Clone, Debug)]
pub(super) struct EmbeddedIndices {
    pub(super) types: Vec<u32>,
    /// Where each imported function is.
    pub(super) imported_functions: Vec<u32>,
    /// Where the first defined function is.
    pub(super) functions: u32,
    pub(super) memory: u32,
    pub(super) tables: u32,
    pub(super) globals: u32,
    pub(super) elements: u32,
    pub(super) data: u32,
}

impl EmbeddedIndices {
    /// Where a function of the runtime is.
    pub(super) fn function(&self, function: u32) -> u32 {
        match (function as usize).checked_sub(self.imported_functions.len()) {
            None => self.imported_functions[function as usize],
            Some(defined) => self.functions.saturating_add(defined as u32),
        }
    }
}

impl Reencode for EmbeddedIndices {
    type Error = Error;

    fn type_index(&mut self, ty: u32) -> Result<u32, reencode::Error<Error>> {
        self.types
            .get(ty as usize)
            .copied()
            .ok_or_else(|| reencode::Error::UserError(super::embedded::refuse("it names a type that it lacks")))
    }

    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error<Error>> {
        Ok(self.function(function))
    }

    fn memory_index(&mut self, memory: u32) -> Result<u32, reencode::Error<Error>> {
        Ok(self.memory.saturating_add(memory))
    }

    fn table_index(&mut self, table: u32) -> Result<u32, reencode::Error<Error>> {
        Ok(self.tables.saturating_add(table))
    }

    fn global_index(&mut self, global: u32) -> Result<u32, reencode::Error<Error>> {
        Ok(self.globals.saturating_add(global))
    }

    fn element_index(&mut self, element: u32) -> Result<u32, reencode::Error<Error>> {
        Ok(self.elements.saturating_add(element))
    }

    fn data_index(&mut self, data: u32) -> Result<u32, reencode::Error<Error>> {
        Ok(self.data.saturating_add(data))
    }
}
