//! Writes the merged module: the program's sections in the program's order, each copied or extended, and
//! those that it lacks where they belong.

use super::additions::{Additions, TAG};
use super::embedded::Embedded;
use super::indices::{EmbeddedIndices, ProgramIndices};
use super::program::Program;
use super::sections::{HEADER, Section, counted, entries, id, write_header};
use super::splice::Code;
use super::{Error, Merged, OffsetMap, Report, code_metadata, dwarf, names, producers, source_map, target_features};
use crate::discover::wasm::WasmFacts;
use crate::plan::{Plan, SourceMapUrl};
use direct_sockets_runtime::interface::{EVENTS, EXPORT_PREFIX, HOST_MODULE};
use std::collections::BTreeMap;
use wasm_encoder::reencode::Reencode;
use wasm_encoder::{
    CodeSection, DataSection, ElementSection, Encode, EntityType, ExportKind, ExportSection, FunctionSection,
    GlobalSection, ImportSection, MemorySection, TableSection, TagKind, TagType,
};
use wasmparser::{CustomSectionReader, SectionLimited, TypeRef};

/// A module being written.
pub(super) struct Output<'m, 'a> {
    program: &'m Program<'a>,
    embedded: &'m Embedded<'m>,
    additions: &'m Additions,
    plan: &'m Plan,
    bodies: u32,
    code: Code<'a>,
    /// Sections that differ from the program's, by id, except for code.
    changed: BTreeMap<u8, Vec<u8>>,
    warnings: Vec<String>,
}

impl<'m, 'a> Output<'m, 'a> {
    pub(super) fn new(
        program: &'m Program<'a>,
        facts: &'m WasmFacts,
        embedded: &'m Embedded<'m>,
        additions: &'m Additions,
        plan: &'m Plan,
    ) -> Result<Self, Error> {
        let appended = embedded.functions.len() as u32 + additions.generated.len();
        let mut output = Output {
            program,
            embedded,
            additions,
            plan,
            bodies: facts.bodies,
            code: Code::plan(program, facts, &additions.program, appended)?,
            changed: BTreeMap::new(),
            warnings: Vec::new(),
        };
        output.append(id::TYPE, additions.types.appended())?;
        output.imports()?;
        output.functions()?;
        output.tables()?;
        output.memories()?;
        output.globals()?;
        output.exports()?;
        output.start()?;
        output.elements()?;
        output.data()?;
        Ok(output)
    }

    /// Entries behind those that the program has.
    fn append(&mut self, id: u8, (count, added): (u32, Vec<u8>)) -> Result<(), Error> {
        let own = self.program.entries(id)?;
        self.extend(id, own, count, &added)
    }

    /// Entries behind `own` ones.
    fn extend(&mut self, id: u8, (own_count, own): (u32, &[u8]), count: u32, added: &[u8]) -> Result<(), Error> {
        let total = own_count.checked_add(count).ok_or(Error::TooLarge)?;
        if total > 0 {
            self.changed.insert(id, counted(total, &[own, added]));
        }
        Ok(())
    }

    /// The program's imports with host imports in the slots that are reused.
    fn imports(&mut self) -> Result<(), Error> {
        let host = |function: u32| {
            let imports = &self.additions.host;
            imports.iter().find(|import| import.index == function)
        };
        let write = |section: &mut ImportSection, import: &super::additions::HostImport| {
            section.import(HOST_MODULE, &import.field, EntityType::Function(import.type_index));
        };
        let imported = self.program.imported_functions();
        let mut count = 0u32;
        let mut own = Vec::new();
        let mut function = 0;
        for (range, import) in &self.program.imports {
            count = count.saturating_add(1);
            let slot = match import.ty {
                TypeRef::Func(_) | TypeRef::FuncExact(_) => {
                    function += 1;
                    host(function - 1)
                }
                _ => None,
            };
            match slot {
                Some(reused) => {
                    let mut section = ImportSection::new();
                    write(&mut section, reused);
                    own.extend(entries(&section));
                }
                None if self.program.imports_plain => {
                    own.extend_from_slice(self.program.bytes.get(range.clone()).unwrap_or_default());
                }
                None => {
                    // Compact imports share their module name: each gets an entry of its own.
                    let mut section = ImportSection::new();
                    let ty = self.additions.program.clone().entity_type(import.ty)?;
                    section.import(import.module, import.name, ty);
                    own.extend(entries(&section));
                }
            }
        }
        let mut added = ImportSection::new();
        for import in self.additions.host.iter().filter(|import| import.index >= imported) {
            write(&mut added, import);
        }
        if let Some(ty) = self.additions.tag {
            let tag = TagType {
                kind: TagKind::Exception,
                func_type_idx: ty,
            };
            added.import(HOST_MODULE, TAG, EntityType::Tag(tag));
        }
        self.extend(id::IMPORT, (count, &own), added.len(), &entries(&added))
    }

    fn functions(&mut self) -> Result<(), Error> {
        let mut section = FunctionSection::new();
        for ty in &self.embedded.functions {
            section.function(self.embedded_indices().type_index(*ty)?);
        }
        for (_, function) in self.additions.generated.iter() {
            section.function(function.type_index);
        }
        self.append(id::FUNCTION, (section.len(), entries(&section)))
    }

    fn tables(&mut self) -> Result<(), Error> {
        let mut indices = self.program_indices();
        let mut own = TableSection::new();
        if let Some(reader) = self.program.reader(id::TABLE) {
            indices.parse_table_section(&mut own, SectionLimited::new(reader)?)?;
        }
        let mut added = TableSection::new();
        if let Some(reader) = self.embedded.reader(id::TABLE) {
            self.embedded_indices()
                .parse_table_section(&mut added, SectionLimited::new(reader)?)?;
        }
        self.rewritten(id::TABLE, indices.changed, &own, (added.len(), entries(&added)))
    }

    /// The program's entries, copied unless an index in them has changed, and added ones.
    fn rewritten(&mut self, id: u8, changed: bool, own: &impl Encode, added: (u32, Vec<u8>)) -> Result<(), Error> {
        if !changed {
            return self.append(id, added);
        }
        let (count, _) = self.program.entries(id)?;
        self.extend(id, (count, &entries(own)), added.0, &added.1)
    }

    fn memories(&mut self) -> Result<(), Error> {
        let mut added = MemorySection::new();
        added.memory(self.embedded_indices().memory_type(self.embedded.memory)?);
        self.append(id::MEMORY, (added.len(), entries(&added)))
    }

    fn globals(&mut self) -> Result<(), Error> {
        let mut indices = self.program_indices();
        let mut own = GlobalSection::new();
        if let Some(reader) = self.program.reader(id::GLOBAL) {
            indices.parse_global_section(&mut own, SectionLimited::new(reader)?)?;
        }
        let mut added = GlobalSection::new();
        if let Some(reader) = self.embedded.reader(id::GLOBAL) {
            self.embedded_indices()
                .parse_global_section(&mut added, SectionLimited::new(reader)?)?;
        }
        self.rewritten(id::GLOBAL, indices.changed, &own, (added.len(), entries(&added)))
    }

    fn exports(&mut self) -> Result<(), Error> {
        let mut indices = self.program_indices();
        let mut own = ExportSection::new();
        if let Some(reader) = self.program.reader(id::EXPORT) {
            indices.parse_export_section(&mut own, SectionLimited::new(reader)?)?;
        }
        let mut added = Vec::new();
        for (name, _) in EVENTS {
            let function = self.additions.embedded.function(self.embedded.export(name)?);
            added.push((*name, ExportKind::Func, function));
        }
        added.push(("memory", ExportKind::Memory, self.additions.embedded.memory));
        if let Some(global) = self.plan.stack_pointer {
            added.push(("stack_pointer", ExportKind::Global, global));
        }
        let originals = &self.plan.originals;
        for (name, function) in [("malloc", originals.malloc), ("free", originals.free)] {
            if let Some(function) = function {
                added.push((name, ExportKind::Func, self.additions.program.position(function)));
            }
        }
        let mut section = ExportSection::new();
        for (name, kind, index) in added {
            let name = format!("{EXPORT_PREFIX}{name}");
            if self.program.exports.contains(name.as_str()) {
                return Err(Error::ExportClash(name));
            }
            section.export(&name, kind, index);
        }
        self.rewritten(id::EXPORT, indices.changed, &own, (section.len(), entries(&section)))
    }

    fn start(&mut self) -> Result<(), Error> {
        if let Some(mut reader) = self.program.reader(id::START) {
            let mut contents = Vec::new();
            self.additions
                .program
                .function(reader.read_var_u32()?)
                .encode(&mut contents);
            self.changed.insert(id::START, contents);
        }
        Ok(())
    }

    fn elements(&mut self) -> Result<(), Error> {
        let mut indices = self.program_indices();
        let mut own = ElementSection::new();
        if let Some(reader) = self.program.reader(id::ELEMENT) {
            indices.parse_element_section(&mut own, SectionLimited::new(reader)?)?;
        }
        let mut added = ElementSection::new();
        if let Some(reader) = self.embedded.reader(id::ELEMENT) {
            let mut indices = self.embedded_indices();
            indices.parse_element_section(&mut added, SectionLimited::new(reader)?)?;
        }
        self.rewritten(id::ELEMENT, indices.changed, &own, (added.len(), entries(&added)))
    }

    fn data(&mut self) -> Result<(), Error> {
        if let Some(reader) = self.program.reader(id::DATA) {
            // Bytes behind the last segment would become part of the first added one.
            for segment in SectionLimited::<wasmparser::Data<'_>>::new(reader)? {
                segment?;
            }
        }
        let mut added = DataSection::new();
        if let Some(reader) = self.embedded.reader(id::DATA) {
            self.embedded_indices()
                .parse_data_section(&mut added, SectionLimited::new(reader)?)?;
        }
        if self.program.has_data_count || self.embedded.needs_data_count {
            let mut contents = Vec::new();
            let total = self.program.data.checked_add(added.len()).ok_or(Error::TooLarge)?;
            total.encode(&mut contents);
            self.changed.insert(id::DATA_COUNT, contents);
        }
        self.append(id::DATA, (added.len(), entries(&added)))
    }

    /// The runtime's bodies and the generated ones.
    fn added_bodies(&self) -> Result<CodeSection, Error> {
        let mut section = CodeSection::new();
        let mut indices = self.embedded_indices();
        for body in &self.embedded.bodies {
            indices.parse_function_body(&mut section, body.clone())?;
        }
        for (_, function) in self.additions.generated.iter() {
            section.function(&function.body);
        }
        Ok(section)
    }

    fn program_indices(&self) -> ProgramIndices {
        self.additions.program.clone()
    }

    fn embedded_indices(&self) -> EmbeddedIndices {
        self.additions.embedded.clone()
    }

    /// Writes all sections.
    pub(super) fn write(mut self) -> Result<Merged, Error> {
        let program = self.program;
        let added = entries(&self.added_bodies()?);
        let mut offsets = self.code.offsets();
        let first_body = u64::from(self.code.body_start(0).unwrap_or(0));
        let mut debug = dwarf::corrected(program, &offsets, first_body, &mut self.warnings);
        let known = |section: &Section| id::ORDER.iter().position(|id| *id == section.id);

        let mut out = Vec::with_capacity(program.bytes.len() + self.embedded.bytes.len() + ROOM_FOR_THUNKS);
        out.extend_from_slice(program.bytes.get(..HEADER).unwrap_or_default());
        let mut written = 0;
        let mut producers_seen = false;
        for (index, section) in program.sections.iter().enumerate() {
            if section.id == id::CUSTOM {
                producers_seen |= self.custom(&mut out, section, &offsets, &mut debug)?;
                continue;
            }
            let Some(position) = known(section) else {
                // What engines say about a section of an unknown kind is for the validation to tell.
                out.extend_from_slice(program.bytes.get(section.whole.clone()).unwrap_or_default());
                continue;
            };
            // Sections that the program lacks come as early as they may, so that what comes behind all sections (names)
            // still does.
            let next = program.sections[index + 1..].iter().find_map(known);
            let until = next.unwrap_or(id::ORDER.len()).max(position + 1);
            for id in &id::ORDER[written.min(position)..until] {
                self.section(&mut out, *id, section, &added, &mut offsets)?;
            }
            written = until;
        }
        if written == 0 {
            let none = Section {
                id: id::CUSTOM,
                whole: 0..0,
                contents: 0..0,
            };
            for id in id::ORDER {
                self.section(&mut out, id, &none, &added, &mut offsets)?;
            }
        }
        for (name, contents) in debug.into_iter().flatten() {
            write_custom(&mut out, &name, &contents)?;
        }
        if !producers_seen && let Some(contents) = producers::merged(None) {
            write_custom(&mut out, "producers", &contents)?;
        }
        Ok(self.merged(out, offsets))
    }

    /// Writes the section with this id; `current` is the one that the program has here.
    fn section(
        &self,
        out: &mut Vec<u8>,
        id: u8,
        current: &Section,
        added: &[u8],
        offsets: &mut OffsetMap,
    ) -> Result<(), Error> {
        if id == id::CODE {
            offsets.starts_at(self.code.write(out, added)?);
        } else if let Some(contents) = self.changed.get(&id) {
            write_header(out, id, u32::try_from(contents.len()).map_err(|_| Error::TooLarge)?);
            out.extend_from_slice(contents);
        } else if id == current.id {
            out.extend_from_slice(self.program.bytes.get(current.whole.clone()).unwrap_or_default());
        }
        Ok(())
    }

    /// Writes a custom section of the program, corrected where it must be; answers whether it is `producers`.
    fn custom(
        &mut self,
        out: &mut Vec<u8>,
        section: &Section,
        offsets: &OffsetMap,
        debug: &mut Option<BTreeMap<String, Vec<u8>>>,
    ) -> Result<bool, Error> {
        let whole = self.program.bytes.get(section.whole.clone()).unwrap_or_default();
        let reader = super::sections::reader(self.program.bytes, &section.contents);
        let custom = CustomSectionReader::new(reader)?;
        let (name, data) = (custom.name(), custom.data());
        let indices = &self.additions.program;
        let corrected = match name {
            "name" => names::merged(data, indices, &self.names(), self.tag_name()),
            "producers" => producers::merged(Some(data)),
            "target_features" => target_features::merged(data, &self.features()),
            _ if name.starts_with(code_metadata::PREFIX) && (offsets.moved() || indices.renumbered()) => {
                code_metadata::moved(name, data, &self.code, indices, offsets)
            }
            _ if dwarf::is_debug(name) => match debug {
                Some(debug) => {
                    if let Some(contents) = debug.remove(name) {
                        write_custom(out, name, &contents)?;
                    }
                    return Ok(false);
                }
                None => Some(data.to_vec()),
            },
            source_map::SECTION => match &self.plan.source_map_url {
                SourceMapUrl::Keep => Some(data.to_vec()),
                SourceMapUrl::Replace(url) => Some(source_map::section(url)),
                // Whoever decided that has said why.
                SourceMapUrl::Drop => return Ok(false),
            },
            // Relocations name sections and offsets of an object file; linking again is not possible anyway.
            _ if name == "linking" || name.starts_with("reloc.") => None,
            // The file that it names has addresses of code that has moved.
            "external_debug_info" if offsets.moved() => None,
            _ => {
                out.extend_from_slice(whole);
                return Ok(false);
            }
        };
        match corrected {
            Some(contents) => write_custom(out, name, &contents)?,
            None => self.warnings.push(format!(
                "the custom section `{name}` (offset {:#x}) is dropped: it cannot be corrected for the rewrite",
                section.whole.start
            )),
        }
        Ok(name == "producers")
    }

    /// Names of what is added, by index.
    fn names(&self) -> BTreeMap<u32, String> {
        let mut names = BTreeMap::new();
        for import in &self.additions.host {
            names.insert(import.index, format!("{EXPORT_PREFIX}{}", import.field));
        }
        let imported = self.embedded.imports.len() as u32;
        for (index, name) in self.embedded.names.range(imported..) {
            let index = self.additions.embedded.function(*index);
            names.insert(index, format!("{EXPORT_PREFIX}{name}"));
        }
        for (index, function) in self.additions.generated.iter() {
            names.insert(index, format!("{EXPORT_PREFIX}{}", function.name));
        }
        names
    }

    fn tag_name(&self) -> Option<(u32, &'static str)> {
        self.additions.tag.map(|_| (self.program.imported_tags, TAG_NAME))
    }

    /// What the added code uses.
    fn features(&self) -> Vec<&str> {
        let mut features = self.embedded.features.clone();
        features.extend(["bulk-memory", "exception-handling", "multimemory"]);
        if self.additions.tag.is_some() || self.embedded.tables > 0 {
            features.push("reference-types");
        }
        features
    }

    fn merged(self, wasm: Vec<u8>, offsets: OffsetMap) -> Merged {
        let additions = self.additions;
        let tags_moved = additions.tag.is_some() && self.program.tags > self.program.imported_tags;
        let report = Report {
            slots_reused: additions.host.len() as u32 - additions.slots.added,
            slots_left: additions.slots.left,
            imports_added: additions.slots.added,
            renumbered: additions.program.renumbered(),
            tags_renumbered: tags_moved,
            thunks: additions.thunks,
            stubs: additions.stubs,
            invokes: additions.invokes,
            bodies: self.bodies,
            bodies_changed: self.code.spliced_bodies(),
            runtime_functions: self.embedded.functions.len() as u32,
            generated_functions: additions.generated.len(),
            bytes_before: self.program.bytes.len(),
            bytes_after: wasm.len(),
        };
        Merged {
            wasm,
            warnings: self.warnings,
            report,
            functions: additions.program.functions.clone(),
            offsets,
        }
    }
}

/// Room for what the merge adds besides the runtime, so that the output is allocated once.
const ROOM_FOR_THUNKS: usize = 64 << 10;

/// What the imported tag is called in the name section.
const TAG_NAME: &str = "direct_sockets.jstag";

fn write_custom(out: &mut Vec<u8>, name: &str, contents: &[u8]) -> Result<(), Error> {
    let mut prefix = Vec::new();
    name.encode(&mut prefix);
    let size = u32::try_from(prefix.len() + contents.len()).map_err(|_| Error::TooLarge)?;
    write_header(out, id::CUSTOM, size);
    out.extend_from_slice(&prefix);
    out.extend_from_slice(contents);
    Ok(())
}
