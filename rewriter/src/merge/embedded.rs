//! The embedded module's side of a merge: the runtime, as `embed` left it.
//!
//! It is our own module, so what it may contain is narrow and checked: function types only, function
//! imports from `app` and from the host, one memory of its own, no start function.

use super::Error;
use super::sections::{id, reader, sections};
use std::collections::{BTreeMap, HashMap};
use wasmparser::{
    CompositeInnerType, CustomSectionReader, ExternalKind, FuncType, FunctionBody, KnownCustom, MemoryType, Name,
    SectionLimited, TypeRef,
};

/// Module name of the runtime's imports that reach the program.
pub(super) const PROGRAM_MODULE: &str = "app";

/// The runtime, ready to be merged.
pub(super) struct Embedded<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) types: Vec<FuncType>,
    pub(super) imports: Vec<EmbeddedImport<'a>>,
    /// Type indices of the defined functions.
    pub(super) functions: Vec<u32>,
    pub(super) memory: MemoryType,
    pub(super) tables: u32,
    pub(super) globals: u32,
    pub(super) elements: u32,
    pub(super) data: u32,
    pub(super) needs_data_count: bool,
    exports: HashMap<&'a str, u32>,
    pub(super) bodies: Vec<FunctionBody<'a>>,
    /// Function names.
    pub(super) names: BTreeMap<u32, &'a str>,
    /// Features that it was compiled with.
    pub(super) features: Vec<&'a str>,
    sections: Vec<super::sections::Section>,
}

/// A function that the runtime imports.
pub(super) struct EmbeddedImport<'a> {
    pub(super) module: &'a str,
    pub(super) field: &'a str,
    pub(super) type_index: u32,
}

impl<'a> Embedded<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        Self::read(bytes).map_err(|error| match error {
            Error::Program(error) => Error::Embedded(error.to_string()),
            other => other,
        })
    }

    fn read(bytes: &'a [u8]) -> Result<Self, Error> {
        let mut module = Embedded {
            bytes,
            types: Vec::new(),
            imports: Vec::new(),
            functions: Vec::new(),
            memory: MemoryType {
                memory64: false,
                shared: false,
                initial: 0,
                maximum: None,
                page_size_log2: None,
            },
            tables: 0,
            globals: 0,
            elements: 0,
            data: 0,
            needs_data_count: false,
            exports: HashMap::new(),
            bodies: Vec::new(),
            names: BTreeMap::new(),
            features: Vec::new(),
            sections: sections(bytes)?,
        };
        let mut memories = Vec::new();
        for section in module.sections.clone() {
            let mut reader = reader(bytes, &section.contents);
            match section.id {
                id::CUSTOM => module.custom(CustomSectionReader::new(reader)?),
                id::TYPE => {
                    for group in SectionLimited::<wasmparser::RecGroup>::new(reader)? {
                        for ty in group?.into_types() {
                            let CompositeInnerType::Func(func) = ty.composite_type.inner else {
                                return Err(refuse("it has a type that is no function type"));
                            };
                            module.types.push(func);
                        }
                    }
                }
                id::IMPORT => {
                    for import in wasmparser::ImportSectionReader::new(reader)?.into_imports() {
                        let import = import?;
                        let (TypeRef::Func(type_index), field) = (import.ty, import.name) else {
                            return Err(refuse("it imports something that is no function"));
                        };
                        module.imports.push(EmbeddedImport {
                            module: import.module,
                            field,
                            type_index,
                        });
                    }
                }
                id::FUNCTION => {
                    module.functions = SectionLimited::new(reader)?.into_iter().collect::<Result<_, _>>()?;
                }
                id::TABLE => module.tables = reader.read_var_u32()?,
                id::MEMORY => {
                    for memory in SectionLimited::<MemoryType>::new(reader)? {
                        memories.push(memory?);
                    }
                }
                id::TAG => return Err(refuse("it defines exception tags")),
                id::GLOBAL => module.globals = reader.read_var_u32()?,
                id::EXPORT => {
                    for export in wasmparser::ExportSectionReader::new(reader)? {
                        let export = export?;
                        if export.kind == ExternalKind::Func {
                            module.exports.insert(export.name, export.index);
                        }
                    }
                }
                id::START => return Err(refuse("it has a start function")),
                id::ELEMENT => module.elements = reader.read_var_u32()?,
                id::DATA_COUNT => module.needs_data_count = true,
                id::CODE => {
                    module.bodies = SectionLimited::new(reader)?.into_iter().collect::<Result<_, _>>()?;
                }
                id::DATA => module.data = reader.read_var_u32()?,
                _ => return Err(refuse("it has a section of an unknown kind")),
            }
        }
        match memories[..] {
            [memory] if !memory.memory64 && memory.page_size_log2.is_none() => {
                module.memory = memory;
            }
            _ => return Err(refuse("it does not define exactly one 32-bit memory")),
        }
        if module.bodies.len() != module.functions.len() {
            return Err(refuse("its functions and bodies differ in number"));
        }
        Ok(module)
    }

    fn custom(&mut self, section: CustomSectionReader<'a>) {
        match section.as_known() {
            KnownCustom::Name(names) => {
                for subsection in names {
                    let Ok(Name::Function(map)) = subsection else {
                        continue;
                    };
                    for naming in map.into_iter().flatten() {
                        self.names.insert(naming.index, naming.name);
                    }
                }
            }
            _ if section.name() == "target_features" => {
                self.features = super::target_features::used(section.data());
            }
            _ => {}
        }
    }

    /// A reader of a section's contents.
    pub(super) fn reader(&self, id: u8) -> Option<wasmparser::BinaryReader<'a>> {
        let section = self.sections.iter().find(|section| section.id == id)?;
        Some(reader(self.bytes, &section.contents))
    }

    /// The function that it exports under this name.
    pub(super) fn export(&self, name: &str) -> Result<u32, Error> {
        let index = self.exports.get(name).copied();
        index.ok_or_else(|| refuse(&format!("it has no exported function `{name}`")))
    }

    /// The type of a function.
    pub(super) fn signature(&self, function: u32) -> Result<&FuncType, Error> {
        let function = function as usize;
        let ty = match function.checked_sub(self.imports.len()) {
            None => self.imports.get(function).map(|import| import.type_index),
            Some(defined) => self.functions.get(defined).copied(),
        };
        ty.and_then(|ty| self.types.get(ty as usize))
            .ok_or_else(|| refuse(&format!("function {function} has no type")))
    }
}

/// An error about the embedded module.
pub(super) fn refuse(reason: &str) -> Error {
    Error::Embedded(reason.to_owned())
}
