//! A bounded, repeatable run of what the fuzz targets do: generated and damaged programs.

mod oracle;

use direct_sockets_runtime::interface::{ENTRIES, EVENTS};
use oracle::Numbers;
use std::path::Path;
use wasm_direct_sockets::embed;

#[test]
fn generated_programs() {
    let runtime = oracle::runtime();
    let mut merged = Outcomes::default();
    for seed in 0..400 {
        let mut numbers = Numbers(seed);
        let Some(app) = oracle::generate(&numbers.bytes(4096)) else {
            continue;
        };
        merged.note(oracle::check(&app, &runtime, numbers.next() & numbers.next(), true));
    }
    // The test must reach what it is about.
    println!("{merged:?}");
    assert!(merged.programs > 200, "{merged:?}");
    assert!(merged.renumbered > 20, "{merged:?}");
    assert!(merged.tags_renumbered > 5, "{merged:?}");
    assert!(merged.changed > 50, "{merged:?}");
}

#[test]
fn real_programs() {
    let entries = ENTRIES.iter().map(|entry| entry.name);
    let keep: Vec<_> = entries
        .chain(EVENTS.iter().map(|event| event.0))
        .chain(["sys_abandon"])
        .collect();
    let embedded = embed::embed(embed::RUNTIME, &keep, "").expect("embedded");
    for runtime in [oracle::runtime(), embedded] {
        for app in programs() {
            for choices in [0, 1, 0x55, 0xfff0, u64::MAX] {
                let merged = oracle::check(&app, &runtime, choices, true).expect("merged");
                assert_eq!(merged.warnings, Vec::<String>::new());
            }
        }
    }
}

/// Embedding goes through a tool with hash maps in it; its output must not show them.
#[test]
fn embedding_is_deterministic_and_small() {
    let keep = ["sys_connect", "memory"];
    let embedded = embed::embed(embed::RUNTIME, &keep, "").expect("embedded");
    for _ in 0..4 {
        assert_eq!(embed::embed(embed::RUNTIME, &keep, "").expect("again"), embedded);
    }
    assert!(embedded.len() < embed::RUNTIME.len());
    assert!(embed::embed(embed::RUNTIME, &["sys_nothing"], "").is_err());
    assert!(embed::embed(b"no wasm", &keep, "").is_err());
}

#[test]
fn damaged_programs() {
    let runtime = oracle::runtime();
    let programs = programs();
    let mut merged = Outcomes::default();
    let mut numbers = Numbers(7);
    for round in 0..1000 {
        let app = oracle::mutate(&programs[round % programs.len()], &mut numbers);
        merged.note(oracle::check(&app, &runtime, 0, false));
    }
    println!("{merged:?}");
    // Some damage leaves a valid program.
    assert!(merged.programs > 30, "{merged:?}");
    assert!(merged.refused > 100, "{merged:?}");
}

#[derive(Debug, Default)]
struct Outcomes {
    programs: u32,
    refused: u32,
    renumbered: u32,
    tags_renumbered: u32,
    changed: u32,
}

impl Outcomes {
    fn note(&mut self, merged: Option<wasm_direct_sockets::merge::Merged>) {
        let Some(merged) = merged else {
            self.refused += 1;
            return;
        };
        self.programs += 1;
        self.renumbered += u32::from(merged.report.renumbered);
        self.tags_renumbered += u32::from(merged.report.tags_renumbered);
        self.changed += u32::from(merged.report.bodies_changed > 0);
    }
}

/// What emcc compiled.
fn programs() -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    let mut paths: Vec<_> = std::fs::read_dir(directory)
        .expect("the programs' directory")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wasm"))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read(path).expect("a program"))
        .collect()
}
