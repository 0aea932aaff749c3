//! DWARF after a merge that moves code: each address that the program's debug information gave leads to the
//! same instruction as before.
//!
//! The truth comes from decoding both modules side by side, the addresses from gimli's reader; neither
//! knows the offset map.

#[path = "oracle/mod.rs"]
mod oracle;

use gimli::{EndianSlice, LittleEndian, Reader};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::Mutex;
use wasm_direct_sockets::merge::Merged;
use wasmparser::{Parser, Payload};

type Input<'a> = EndianSlice<'a, LittleEndian>;

#[test]
fn addresses_follow_the_code() {
    let (app, merged) = merge(130);
    assert!(merged.offsets.moved(), "the thunks' indices are two bytes wide");
    assert_eq!(merged.warnings, Vec::<String>::new());

    let positions = oracle::positions(&app, &merged.wasm);
    let first = *positions.keys().next().expect("code");
    let expected = describe(&app, &|address| match positions.get(&address) {
        Some(new) => *new,
        // What has no address (a unit with ranges, what the linker dropped).
        None if address < first => address,
        None => panic!("{address:#x} is no instruction"),
    });
    let found = describe(&merged.wasm, &|address| address);
    for kind in [
        "row",
        "DW_TAG_compile_unit range",
        "DW_TAG_subprogram high",
        "DW_TAG_variable at",
    ] {
        assert!(expected.iter().any(|line| line.starts_with(kind)), "{kind} is tested");
    }
    let missing: Vec<_> = expected.iter().filter(|line| !found.contains(line)).collect();
    let wrong: Vec<_> = found.iter().filter(|line| !expected.contains(line)).collect();
    assert_eq!(missing, wrong);
    assert_eq!(expected.len(), found.len());
    // And something did move.
    assert_ne!(describe(&app, &|address| address), found);
}

#[test]
fn nothing_moves_nothing_is_touched() {
    let (app, merged) = merge(0);
    assert!(!merged.offsets.moved());
    let (before, after) = (sections(&app), sections(&merged.wasm));
    assert!(before.contains_key(".debug_info"));
    for (name, contents) in before {
        assert_eq!(after.get(name), Some(&contents), "{name}");
    }
}

#[test]
fn what_cannot_be_corrected_is_dropped_with_a_warning() {
    let (app, _) = merge(0);
    let mut app = app;
    let info = sections(&app)[".debug_info"];
    let at = info.as_ptr() as usize - app.as_ptr() as usize;
    // The version of the unit.
    app[at + 4] = 0x77;
    let merged = oracle::check(&app, &runtime(130), 0, true).expect("merged");
    assert!(sections(&merged.wasm).is_empty());
    assert_eq!(merged.warnings.len(), 1);
    assert!(
        merged.warnings[0].contains("debug information"),
        "{:?}",
        merged.warnings
    );
}

/// gimli asserts some of what it writes. It must not be asked to write that: a caught panic still says so on stderr.
#[test]
fn damage_is_found_before_gimli_asserts() {
    static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICS.lock().expect("the list").push(panic.to_string());
        before(panic);
    }));
    let (app, _) = merge(0);
    let runtime = runtime(130);
    let lines = sections(&app)[".debug_line"];
    let start = lines.as_ptr() as usize - app.as_ptr() as usize;
    let mut dropped = 0;
    for at in start..start + lines.len() {
        for value in [5, 0xff] {
            let mut app = app.clone();
            app[at] = value;
            let merged = oracle::check(&app, &runtime, 0, true).expect("merged");
            dropped += usize::from(!merged.warnings.is_empty());
        }
    }
    assert!(dropped > lines.len() / 4, "{dropped} were malformed");
    // Not under the lock: the hook takes it when this fails.
    let panics = std::mem::take(&mut *PANICS.lock().expect("the list"));
    assert_eq!(panics, Vec::<String>::new());
}

/// Merges with a runtime that has this many functions more.
fn merge(functions: usize) -> (Vec<u8>, Merged) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs/dwarf.wasm");
    let app = std::fs::read(path).expect("the program");
    let merged = oracle::check(&app, &runtime(functions), 0, true).expect("merged");
    (app, merged)
}

fn runtime(functions: usize) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/merge/runtime.wat");
    let text = std::fs::read_to_string(path).expect("the stand-in runtime");
    let end = text.rfind(')').expect("the module's end");
    let more = "(func)".repeat(functions);
    wat::parse_str(format!("{}{more})", &text[..end])).expect("the stand-in runtime")
}

fn sections(wasm: &[u8]) -> BTreeMap<&str, &[u8]> {
    Parser::new(0)
        .parse_all(wasm)
        .filter_map(|payload| match payload.expect("a module") {
            Payload::CustomSection(section) if section.name().starts_with(".debug_") => {
                Some((section.name(), section.data()))
            }
            _ => None,
        })
        .collect()
}

/// All addresses of the debug information, each mapped, with what they belong to. Sorted: gimli writes
/// base types before what uses them.
fn describe(wasm: &[u8], map: &dyn Fn(u64) -> u64) -> Vec<String> {
    let sections = sections(wasm);
    let dwarf = gimli::Dwarf::load(|id| {
        let contents = sections.get(id.name()).copied().unwrap_or_default();
        Ok::<_, gimli::Error>(EndianSlice::new(contents, LittleEndian))
    })
    .expect("DWARF");
    let mut out = String::new();
    let mut units = dwarf.units();
    while let Some(header) = units.next().expect("a unit") {
        let unit = dwarf.unit(header).expect("a unit");
        lines(&unit, map, &mut out);
        let mut entries = unit.entries();
        while let Some(entry) = entries.next_dfs().expect("an entry") {
            describe_entry(&dwarf, &unit, entry, map, &mut out).expect("its attributes");
        }
    }
    let mut lines: Vec<String> = out.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

fn lines(unit: &gimli::Unit<Input<'_>>, map: &dyn Fn(u64) -> u64, out: &mut String) {
    let program = unit.line_program.clone().expect("lines");
    let mut rows = program.rows();
    while let Some((_, row)) = rows.next_row().expect("a row") {
        let (address, line) = (map(row.address()), row.line());
        writeln!(
            out,
            "row {address:#x} {line:?} {:?} {}",
            row.column(),
            row.end_sequence()
        )
        .expect("a string takes all");
    }
}

fn describe_entry(
    dwarf: &gimli::Dwarf<Input<'_>>,
    unit: &gimli::Unit<Input<'_>>,
    entry: &gimli::DebuggingInformationEntry<Input<'_>>,
    map: &dyn Fn(u64) -> u64,
    out: &mut String,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut low = 0;
    for attr in entry.attrs() {
        let name = attr.name();
        match attr.value() {
            gimli::AttributeValue::Addr(address) => {
                low = address;
                writeln!(out, "{} {name} {:#x}", entry.tag(), map(address))?;
            }
            _ if name == gimli::DW_AT_high_pc => {
                let length = attr.udata_value().ok_or("a length")?;
                writeln!(out, "{} high {:#x}", entry.tag(), map(low + length))?;
            }
            _ if name == gimli::DW_AT_name => {
                let text = dwarf.attr_string(unit, attr.value())?;
                writeln!(out, "{} {}", entry.tag(), text.to_string_lossy())?;
            }
            value => {
                if let Some(mut ranges) = dwarf.attr_ranges(unit, value)? {
                    while let Some(range) = ranges.next()? {
                        let (begin, end) = (map(range.begin), map(range.end));
                        writeln!(out, "{} range {begin:#x} {end:#x}", entry.tag())?;
                    }
                }
                if let Some(mut locations) = dwarf.attr_locations(unit, value)? {
                    while let Some(location) = locations.next()? {
                        let range = location.range;
                        let (begin, end) = (map(range.begin), map(range.end));
                        let data = location.data.0.to_slice()?;
                        writeln!(out, "{} at {begin:#x} {end:#x} {data:x?}", entry.tag())?;
                    }
                }
            }
        }
    }
    Ok(())
}
