//! DWARF: the custom sections `.debug_*`, whose code addresses are offsets into the code section.
//!
//! gimli reads them and writes them again. In between each address goes through the offset map, and so does
//! each distance, because code between two addresses may have grown: lengths of functions, rows of line
//! programs, pairs of range and location lists. Addresses inside expressions stay: those are the
//! program's data.

use super::offsets::OffsetMap;
use super::program::Program;
use super::sections::{id, reader};
use gimli::write::{
    Address, AttributeValue, ConvertError, ConvertLineRow, ConvertUnit, ConvertUnitEntry, Dwarf, EndianVec, Location,
    Range, Sections, UnitEntryId,
};
use gimli::{EndianSlice, LittleEndian, constants, read};
use std::collections::{BTreeMap, BTreeSet};

type Input<'a> = EndianSlice<'a, LittleEndian>;

/// Sections that only speed up what can be found without them. gimli does not write them.
const ACCELERATORS: [&str; 6] = [
    ".debug_aranges",
    ".debug_gnu_pubnames",
    ".debug_gnu_pubtypes",
    ".debug_names",
    ".debug_pubnames",
    ".debug_pubtypes",
];

/// Sections without addresses that others name by offset: they are carried as they are.
const CARRIED: [&str; 2] = [".debug_macinfo", ".debug_macro"];

/// Whether a custom section is one of DWARF's.
pub(super) fn is_debug(name: &str) -> bool {
    name.starts_with(".debug_")
}

/// The sections for the code as it is now, by name. `None`: they are right as they are.
pub(super) fn corrected(
    program: &Program<'_>,
    offsets: &OffsetMap,
    first_body: u64,
    warnings: &mut Vec<String>,
) -> Option<BTreeMap<String, Vec<u8>>> {
    if !offsets.moved() {
        return None;
    }
    let sections = debug_sections(program);
    if sections.is_empty() {
        return None;
    }
    // gimli asserts some of what it writes, and here it writes what somebody else's compiler wrote. What is known of
    // that is checked before (`writable`, `row`), because a caught panic still leaves its message on stderr; what
    // is not known must not end the rewrite for the sake of debug information.
    let converted = std::panic::catch_unwind(|| convert(&sections, Correction { offsets, first_body }));
    match converted.unwrap_or(Err(Error::Malformed)) {
        Ok(converted) => {
            let dropped: BTreeSet<_> = ACCELERATORS
                .into_iter()
                .filter(|name| sections.contains_key(name))
                .collect();
            if !dropped.is_empty() {
                warnings.push(format!(
                    "{} dropped: code has moved, and debuggers do without",
                    dropped.into_iter().collect::<Vec<_>>().join(", ")
                ));
            }
            Some(converted)
        }
        Err(error) => {
            warnings.push(format!(
                "the debug information (.debug_*) is dropped: code has moved, and its addresses could not be corrected: {error}"
            ));
            Some(BTreeMap::new())
        }
    }
}

fn debug_sections<'a>(program: &Program<'a>) -> BTreeMap<&'a str, &'a [u8]> {
    let custom = program.sections.iter().filter(|section| section.id == id::CUSTOM);
    custom
        .filter_map(|section| {
            let reader = reader(program.bytes, &section.contents);
            let section = wasmparser::CustomSectionReader::new(reader).ok()?;
            is_debug(section.name()).then(|| (section.name(), section.data()))
        })
        .collect()
}

/// Why debug information cannot be corrected.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{0}")]
    Read(#[from] gimli::Error),
    #[error("{0}")]
    Convert(#[from] ConvertError),
    #[error("{0}")]
    Write(#[from] gimli::write::Error),
    #[error("it is malformed")]
    Malformed,
    #[error("it is split (-gsplit-dwarf)")]
    Split,
    #[error("it has separate type units (-fdebug-types-section)")]
    TypeUnits,
}

fn convert(sections: &BTreeMap<&str, &[u8]>, correction: Correction<'_>) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    if sections.contains_key(gimli::SectionId::DebugTypes.name()) {
        return Err(Error::TypeUnits);
    }
    let input = read::Dwarf::load(|id| {
        let bytes = sections.get(id.name()).copied().unwrap_or_default();
        Ok::<_, gimli::Error>(EndianSlice::new(bytes, LittleEndian))
    })?;
    let mut output = Dwarf::new();
    let mut units = output.convert(&input)?;
    while let Some((mut unit, root)) = units.read_unit()? {
        if unit.read_unit.dwo_id.is_some() {
            return Err(Error::Split);
        }
        correction.unit(&mut unit, root)?;
    }
    let mut written = Sections::new(EndianVec::new(LittleEndian));
    output.write(&mut written)?;
    let mut result = BTreeMap::new();
    written.for_each(|id, contents| {
        if !contents.slice().is_empty() {
            result.insert(id.name().to_owned(), contents.slice().to_vec());
        }
        Ok::<_, Error>(())
    })?;
    for name in CARRIED {
        result.extend(sections.get(name).map(|contents| (name.to_owned(), contents.to_vec())));
    }
    Ok(result)
}

/// Takes addresses as they are; what is mapped is mapped afterwards, with the distances.
fn unmapped(address: u64) -> Option<Address> {
    Some(Address::Constant(address))
}

type Unit<'a, 'b> = ConvertUnit<'a, Input<'b>>;
type Entry<'a, 'b> = ConvertUnitEntry<'a, Input<'b>>;

/// Where the sequences of a unit's line program end.
fn sequence_ends(unit: &Unit<'_, '_>) -> Result<Vec<u64>, Error> {
    let mut ends = Vec::new();
    if let Some(program) = unit.read_unit.line_program.clone() {
        let mut rows = program.rows();
        while let Some((_, row)) = rows.next_row()? {
            if row.end_sequence() {
                ends.push(row.address());
            }
        }
    }
    Ok(ends)
}

/// Checks what gimli asserts of a line program that it writes: special opcodes that can advance by 0 lines, and
/// instructions of one byte, as those of a wasm are.
fn writable(unit: &Unit<'_, '_>) -> Result<(), Error> {
    let Some(program) = &unit.read_unit.line_program else {
        return Ok(());
    };
    let encoding = program.header().line_encoding();
    let advances = i16::from(encoding.line_base) + i16::from(encoding.line_range);
    if encoding.line_base > 0
        || advances <= 0
        || i8::try_from(encoding.line_range).is_err()
        || encoding.minimum_instruction_length != 1
        || encoding.maximum_operations_per_instruction != 1
    {
        return Err(Error::Malformed);
    }
    Ok(())
}

/// Where a row was, as an address, and where it is now in its sequence.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    old: u64,
    new: u64,
}

/// Corrects addresses and distances.
#[derive(Clone, Copy)]
struct Correction<'o> {
    offsets: &'o OffsetMap,
    /// Where the first body begins. What the linker dropped has addresses before it (0 and 1) or behind all
    /// code.
    first_body: u64,
}

impl Correction<'_> {
    /// Where an address is now. One that points nowhere stays.
    fn address(self, old: u64) -> u64 {
        match self.offsets.in_code(old) {
            Some(new) if old >= self.first_body => new,
            _ => old,
        }
    }

    fn constant(self, address: Address) -> Address {
        match address {
            Address::Constant(old) => Address::Constant(self.address(old)),
            other => other,
        }
    }

    /// The distance between what is now at `start` and at `start + length`.
    fn distance(self, start: u64, length: u64) -> u64 {
        match start.checked_add(length) {
            Some(end) => self.address(end).saturating_sub(self.address(start)),
            None => length,
        }
    }

    /// The same for something with an address of its own; the length of what the linker dropped stays.
    fn length(self, start: u64, length: u64) -> u64 {
        if start < self.first_body {
            length
        } else {
            self.distance(start, length)
        }
    }

    fn unit<'a, 'b>(self, unit: &mut Unit<'a, 'b>, root: Entry<'a, 'b>) -> Result<(), Error> {
        self.lines(unit)?;
        let root_id = unit.unit.root();
        self.entry(unit, root_id, &root)?;
        let mut entry = root;
        while let Some(id) = unit.read_entry(&mut entry)? {
            if id.is_some() {
                let id = unit.add_entry(id, &entry);
                self.entry(unit, id, &entry)?;
            }
        }
        Ok(())
    }

    /// The line program, each sequence written from one address.
    ///
    /// LLVM sets the address of every row of a wasm, that of a sequence's end too, which gimli's conversion
    /// does not tell (0.34), so the ends are read beside it.
    fn lines(self, unit: &mut Unit<'_, '_>) -> Result<(), Error> {
        writable(unit)?;
        let mut ends = sequence_ends(unit)?.into_iter();
        let Some(mut program) = unit.read_line_program(None, None)? else {
            return Ok(());
        };
        let (mut set, mut first, mut last) = (0, None, Row::default());
        while let Some(row) = program.read_row()? {
            match row {
                ConvertLineRow::SetAddress(address) => set = address,
                ConvertLineRow::Row(mut row) => {
                    u32::try_from(row.line).map_err(|_| Error::Malformed)?;
                    let old = set.checked_add(row.address_offset).ok_or(Error::Malformed)?;
                    let first = *first.get_or_insert_with(|| {
                        program.begin_sequence(Some(Address::Constant(self.address(old))));
                        last = Row { old, new: 0 };
                        old
                    });
                    row.address_offset = self.row(first, &mut last, old)?;
                    program.generate_row(row);
                }
                ConvertLineRow::EndSequence(_) => {
                    let end = ends.next().ok_or(Error::Malformed)?;
                    if let Some(first) = first.take() {
                        program.end_sequence(self.row(first, &mut last, end)?);
                    }
                    set = 0;
                }
            }
        }
        if program.in_sequence() || ends.next().is_some() {
            return Err(Error::Malformed);
        }
        let (program, files) = program.program();
        unit.set_line_program(program, files);
        Ok(())
    }

    /// The offset of a row in its sequence; rows never go back, neither before nor now (what is behind all code has
    /// not moved with it).
    fn row(self, first: u64, last: &mut Row, old: u64) -> Result<u64, Error> {
        let length = old.checked_sub(first).ok_or(Error::Malformed)?;
        let new = self.length(first, length);
        if old < last.old || new < last.new || u32::try_from(new).is_err() {
            return Err(Error::Malformed);
        }
        *last = Row { old, new };
        Ok(new)
    }

    /// The attributes of an entry.
    fn entry<'b>(self, unit: &mut Unit<'_, 'b>, id: UnitEntryId, entry: &Entry<'_, 'b>) -> Result<(), Error> {
        let start = entry.attrs.iter().find(|attr| attr.name() == constants::DW_AT_low_pc);
        let start = match start.map(read::Attribute::value) {
            Some(read::AttributeValue::Addr(address)) => address,
            Some(read::AttributeValue::DebugAddrIndex(index)) => entry.read_unit.address(index)?,
            _ => 0,
        };
        for attr in &entry.attrs {
            let name = attr.name();
            // GNU's view numbers, which gimli does not write; debuggers do without.
            if name == constants::DW_AT_GNU_locviews {
                continue;
            }
            let value = match attr.value() {
                read::AttributeValue::RangeListsRef(raw) => {
                    let offset = entry.read_unit.ranges_offset_from_raw(raw);
                    self.ranges(unit, entry.read_unit, offset)?
                }
                read::AttributeValue::DebugRngListsIndex(index) => {
                    let offset = entry.read_unit.ranges_offset(index)?;
                    self.ranges(unit, entry.read_unit, offset)?
                }
                read::AttributeValue::LocationListsRef(offset) => self.locations(unit, entry.read_unit, offset)?,
                read::AttributeValue::DebugLocListsIndex(index) => {
                    let offset = entry.read_unit.locations_offset(index)?;
                    self.locations(unit, entry.read_unit, offset)?
                }
                _ => {
                    let value = unit.convert_attribute_value(entry.read_unit, attr, &unmapped)?;
                    self.value(name, value, attr.udata_value(), start)
                }
            };
            unit.unit.get_mut(id).set(name, value);
        }
        Ok(())
    }

    /// An attribute that may be an address or a distance from the entry's `start`.
    fn value(self, name: gimli::DwAt, value: AttributeValue, number: Option<u64>, start: u64) -> AttributeValue {
        let distance = matches!(name, constants::DW_AT_high_pc | constants::DW_AT_entry_pc);
        match (value, number) {
            (AttributeValue::Address(address), _) => AttributeValue::Address(self.constant(address)),
            (AttributeValue::Data4(_), Some(length)) if distance => {
                let length = self.length(start, length);
                u32::try_from(length).map_or(AttributeValue::Data8(length), AttributeValue::Data4)
            }
            (AttributeValue::Data1(_) | AttributeValue::Data2(_) | AttributeValue::Udata(_), Some(length))
                if distance =>
            {
                AttributeValue::Udata(self.length(start, length))
            }
            (AttributeValue::Data8(_), Some(length)) if distance => AttributeValue::Data8(self.length(start, length)),
            (value, _) => value,
        }
    }

    fn ranges<'b>(
        self,
        unit: &mut Unit<'_, 'b>,
        read_unit: read::UnitRef<'_, Input<'b>>,
        offset: gimli::RangeListsOffset,
    ) -> Result<AttributeValue, Error> {
        let mut list = unit.convert_range_list(read_unit, offset, &unmapped)?;
        let mut base = read_unit.low_pc;
        for range in &mut list.0 {
            match range {
                Range::BaseAddress { address } => self.base(address, &mut base),
                Range::OffsetPair { begin, end } => self.pair(begin, end, base),
                Range::StartEnd { begin, end } => self.addresses(begin, end),
                Range::StartLength { begin, length } => self.start_length(begin, length)?,
            }
        }
        Ok(AttributeValue::RangeListRef(unit.unit.ranges.add(list)))
    }

    fn locations<'b>(
        self,
        unit: &mut Unit<'_, 'b>,
        read_unit: read::UnitRef<'_, Input<'b>>,
        offset: gimli::LocationListsOffset,
    ) -> Result<AttributeValue, Error> {
        let mut list = unit.convert_location_list(read_unit, offset, &unmapped)?;
        let mut base = read_unit.low_pc;
        for location in &mut list.0 {
            match location {
                Location::BaseAddress { address } => self.base(address, &mut base),
                Location::OffsetPair { begin, end, .. } => self.pair(begin, end, base),
                Location::StartEnd { begin, end, .. } => self.addresses(begin, end),
                Location::StartLength { begin, length, .. } => self.start_length(begin, length)?,
                Location::DefaultLocation { .. } => {}
            }
        }
        Ok(AttributeValue::LocationListRef(unit.unit.locations.add(list)))
    }

    fn base(self, address: &mut Address, base: &mut u64) {
        if let Address::Constant(old) = *address {
            *base = old;
        }
        *address = self.constant(*address);
    }

    fn pair(self, begin: &mut u64, end: &mut u64, base: u64) {
        *begin = self.distance(base, *begin);
        *end = self.distance(base, *end);
    }

    fn addresses(self, begin: &mut Address, end: &mut Address) {
        // A pair that starts before all code is that of something dropped, and is left as it is.
        if matches!(*begin, Address::Constant(old) if old >= self.first_body) {
            *begin = self.constant(*begin);
            *end = self.constant(*end);
        }
    }

    fn start_length(self, begin: &mut Address, length: &mut u64) -> Result<(), Error> {
        if let Address::Constant(old) = *begin {
            // gimli adds them where the version has no such pairs.
            old.checked_add(*length).ok_or(Error::Malformed)?;
            *length = self.length(old, *length);
        }
        *begin = self.constant(*begin);
        Ok(())
    }
}
