//! The program's side of a merge: where its sections lie and how large its index spaces are.

use super::Error;
use super::sections::{self, Section, id, reader};
use std::collections::HashSet;
use wasmparser::{
    BinaryReader, CompositeInnerType, ExportSectionReader, FromReader, FuncType, GlobalType, Import,
    ImportSectionReader, MemoryType, SectionLimited, TableType, TypeRef, TypeSectionReader,
};

/// A program that is merged into.
pub(super) struct Program<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) sections: Vec<Section>,
    /// Every type: the signature of the function types, and whether it may stand for an equal one.
    pub(super) types: Vec<Option<Signature>>,
    pub(super) imports: Vec<(std::ops::Range<usize>, Import<'a>)>,
    /// Whether each import has an entry of its own (compact imports share parts of them).
    pub(super) imports_plain: bool,
    /// Type indices of the defined functions.
    functions: Vec<u32>,
    tables: Vec<TableType>,
    memories: Vec<MemoryType>,
    globals: Vec<GlobalType>,
    /// Type indices of the imported functions.
    imported_functions: Vec<u32>,
    pub(super) imported_tags: u32,
    pub(super) tags: u32,
    pub(super) elements: u32,
    pub(super) data: u32,
    pub(super) has_data_count: bool,
    pub(super) exports: HashSet<&'a str>,
}

/// A function type of the program.
pub(super) struct Signature {
    pub(super) ty: FuncType,
    /// It is a plain final type outside of any recursion group: one that a function of ours may have.
    pub(super) plain: bool,
}

impl<'a> Program<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let sections = sections::sections(bytes)?;
        let mut program = Program {
            bytes,
            sections: Vec::new(),
            types: Vec::new(),
            imports: Vec::new(),
            imports_plain: true,
            functions: Vec::new(),
            tables: Vec::new(),
            memories: Vec::new(),
            globals: Vec::new(),
            imported_functions: Vec::new(),
            imported_tags: 0,
            tags: 0,
            elements: 0,
            data: 0,
            has_data_count: false,
            exports: HashSet::new(),
        };
        for section in &sections {
            program.section(section)?;
        }
        program.sections = sections;
        Ok(program)
    }

    fn section(&mut self, section: &Section) -> Result<(), Error> {
        let mut reader = reader(self.bytes, &section.contents);
        match section.id {
            id::TYPE => self.type_section(TypeSectionReader::new(reader)?)?,
            id::IMPORT => self.import_section(ImportSectionReader::new(reader)?)?,
            id::FUNCTION => self.functions = all(reader)?,
            id::TABLE => {
                let tables: Vec<wasmparser::Table<'_>> = all(reader)?;
                self.tables.extend(tables.into_iter().map(|table| table.ty));
            }
            id::MEMORY => self.memories.extend(all::<MemoryType>(reader)?),
            id::TAG => self.tags = self.tags.saturating_add(reader.read_var_u32()?),
            id::GLOBAL => {
                let globals: Vec<wasmparser::Global<'_>> = all(reader)?;
                self.globals.extend(globals.into_iter().map(|global| global.ty));
            }
            id::EXPORT => {
                for export in ExportSectionReader::new(reader)? {
                    self.exports.insert(export?.name);
                }
            }
            id::ELEMENT => self.elements = reader.read_var_u32()?,
            id::DATA_COUNT => self.has_data_count = true,
            id::DATA => self.data = reader.read_var_u32()?,
            _ => {}
        }
        Ok(())
    }

    fn type_section(&mut self, section: TypeSectionReader<'a>) -> Result<(), Error> {
        for group in section {
            let group = group?;
            let single = !group.is_explicit_rec_group();
            for ty in group.into_types() {
                let plain = single
                    && ty.is_final
                    && ty.supertype_idxs.is_empty()
                    && !ty.composite_type.shared
                    && ty.composite_type.descriptor_idx.is_none()
                    && ty.composite_type.describes_idx.is_none();
                self.types.push(match ty.composite_type.inner {
                    CompositeInnerType::Func(ty) => Some(Signature { ty, plain }),
                    _ => None,
                });
            }
        }
        Ok(())
    }

    fn import_section(&mut self, section: ImportSectionReader<'a>) -> Result<(), Error> {
        let end = section.range().end as usize;
        let mut starts = Vec::new();
        for group in section.into_iter_with_offsets() {
            let (offset, group) = group?;
            self.imports_plain &= matches!(group, wasmparser::Imports::Single(..));
            for import in group {
                let (_, import) = import?;
                starts.push(offset as usize);
                self.imports.push((0..0, import));
                match import.ty {
                    TypeRef::Func(ty) | TypeRef::FuncExact(ty) => self.imported_functions.push(ty),
                    TypeRef::Table(table) => self.tables.push(table),
                    TypeRef::Memory(memory) => self.memories.push(memory),
                    TypeRef::Global(global) => self.globals.push(global),
                    TypeRef::Tag(_) => self.imported_tags += 1,
                }
            }
        }
        self.tags = self.tags.saturating_add(self.imported_tags);
        // An entry ends where the next one begins.
        let ends = starts.iter().skip(1).copied().chain([end]);
        for ((range, _), (start, end)) in self.imports.iter_mut().zip(starts.iter().zip(ends)) {
            *range = *start..end;
        }
        Ok(())
    }

    /// The first section with this id.
    pub(super) fn find(&self, id: u8) -> Option<&Section> {
        self.sections.iter().find(|section| section.id == id)
    }

    /// A section's count and the bytes of its entries; nothing if there is no such section.
    pub(super) fn entries(&self, id: u8) -> Result<(u32, &'a [u8]), Error> {
        let Some(section) = self.find(id) else {
            return Ok((0, &[]));
        };
        let mut reader = reader(self.bytes, &section.contents);
        let count = reader.read_var_u32()?;
        Ok((count, reader.read_bytes(reader.bytes_remaining())?))
    }

    /// A reader of a section's contents.
    pub(super) fn reader(&self, id: u8) -> Option<BinaryReader<'a>> {
        let section = self.find(id)?;
        Some(reader(self.bytes, &section.contents))
    }

    pub(super) fn imported_functions(&self) -> u32 {
        self.imported_functions.len() as u32
    }

    pub(super) fn defined_functions(&self) -> u32 {
        self.functions.len() as u32
    }

    pub(super) fn tables(&self) -> u32 {
        self.tables.len() as u32
    }

    pub(super) fn memories(&self) -> u32 {
        self.memories.len() as u32
    }

    pub(super) fn globals(&self) -> u32 {
        self.globals.len() as u32
    }

    pub(super) fn table(&self, index: u32) -> Option<&TableType> {
        self.tables.get(index as usize)
    }

    pub(super) fn memory(&self, index: u32) -> Option<&MemoryType> {
        self.memories.get(index as usize)
    }

    pub(super) fn global(&self, index: u32) -> Option<&GlobalType> {
        self.globals.get(index as usize)
    }

    /// The type index of a function.
    pub(super) fn type_index(&self, function: u32) -> Option<u32> {
        let imported = self.imported_functions.len();
        let function = function as usize;
        match function.checked_sub(imported) {
            None => self.imported_functions.get(function).copied(),
            Some(defined) => self.functions.get(defined).copied(),
        }
    }

    /// The type of a function.
    pub(super) fn signature(&self, function: u32) -> Option<&FuncType> {
        let ty = self.types.get(self.type_index(function)? as usize)?.as_ref()?;
        Some(&ty.ty)
    }

    /// `module.field` of an imported function.
    pub(super) fn import_name(&self, function: u32) -> String {
        let functions = self
            .imports
            .iter()
            .filter(|(_, import)| matches!(import.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)));
        match functions.map(|(_, import)| import).nth(function as usize) {
            Some(import) => format!("{}.{}", import.module, import.name),
            None => format!("function {function}"),
        }
    }
}

fn all<'a, T: FromReader<'a>>(reader: BinaryReader<'a>) -> Result<Vec<T>, Error> {
    Ok(SectionLimited::new(reader)?.into_iter().collect::<Result<_, _>>()?)
}
