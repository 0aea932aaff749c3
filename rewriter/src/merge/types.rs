//! Function types of the merged module: the program's, and those that are added behind them.

use super::Error;
use super::program::Program;
use std::collections::HashMap;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{FuncType, TypeSection, ValType};

/// Finds or adds function types.
pub(super) struct Types {
    first_new: u32,
    known: HashMap<FuncType, u32>,
    new: Vec<FuncType>,
}

impl Types {
    pub(super) fn new(program: &Program<'_>) -> Self {
        let mut known = HashMap::new();
        for (index, signature) in program.types.iter().enumerate() {
            let Some(signature) = signature.as_ref().filter(|signature| signature.plain) else {
                continue;
            };
            let types = signature.ty.params().iter().chain(signature.ty.results());
            if types.copied().all(independent)
                && let Ok(ty) = RoundtripReencoder.func_type(signature.ty.clone())
            {
                known.entry(ty).or_insert(index as u32);
            }
        }
        Types {
            first_new: program.types.len() as u32,
            known,
            new: Vec::new(),
        }
    }

    /// The index of this type.
    pub(super) fn index(&mut self, ty: FuncType) -> u32 {
        let next = self.first_new.saturating_add(self.new.len() as u32);
        *self.known.entry(ty).or_insert_with_key(|ty| {
            self.new.push(ty.clone());
            next
        })
    }

    /// The index of the type with these parameters and results.
    pub(super) fn of(&mut self, params: &[ValType], results: &[ValType]) -> u32 {
        self.index(FuncType::new(params.iter().copied(), results.iter().copied()))
    }

    /// How many are new, and their entries.
    pub(super) fn appended(&self) -> (u32, Vec<u8>) {
        let mut section = TypeSection::new();
        for ty in &self.new {
            section.ty().func_type(ty);
        }
        (self.new.len() as u32, super::sections::entries(&section))
    }
}

/// Types that mean the same in every module: no indices of other types in them.
fn independent(ty: wasmparser::ValType) -> bool {
    match ty {
        wasmparser::ValType::Ref(reference) => {
            matches!(reference.heap_type(), wasmparser::HeapType::Abstract { .. })
        }
        _ => true,
    }
}

/// A value type of a program, as the encoder has it.
pub(super) fn encoded(ty: wasmparser::ValType) -> Result<ValType, Error> {
    RoundtripReencoder
        .val_type(ty)
        .map_err(|error| Error::Plan(format!("a type cannot be written: {error}")))
}

/// Several of them.
pub(super) fn all_encoded(types: &[wasmparser::ValType]) -> Result<Vec<ValType>, Error> {
    types.iter().copied().map(encoded).collect()
}
