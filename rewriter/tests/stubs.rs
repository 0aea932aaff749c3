//! Golden tests of the search for stubs: `tests/stubs/*.wat` in, `*.expected` out. `BLESS=1` writes what came out.
//!
//! `;; map INDEX __syscall_NAME` in the head of a test gives a function a name by hand.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use wasm_direct_sockets::discover::stubs::{STUBS, resolve};
use wasm_direct_sockets::discover::{symbols, wasm};
use wasm_direct_sockets::glue::symbols::SymbolMap;

#[test]
fn golden() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stubs");
    let mut tests: Vec<_> = fs::read_dir(&directory)
        .expect("the tests' directory")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wat"))
        .collect();
    tests.sort();
    assert!(!tests.is_empty());
    let mut failed = Vec::new();
    for test in tests {
        let outcome = run(&fs::read_to_string(&test).expect("a test"));
        let expected = test.with_extension("expected");
        if std::env::var_os("BLESS").is_some() {
            fs::write(&expected, &outcome).expect("the expectation");
        } else if fs::read_to_string(&expected).ok().as_deref() != Some(&outcome) {
            failed.push(format!("{}:\n{outcome}", test.display()));
        }
    }
    assert!(
        failed.is_empty(),
        "BLESS=1 accepts what came out:\n{}",
        failed.join("\n")
    );
}

fn run(text: &str) -> String {
    let bytes = wat::parse_str(text).expect("the program");
    let facts = wasm::scan(&bytes).expect("facts");
    let mut map = SymbolMap::default();
    for line in text.lines().map_while(|line| line.strip_prefix(";; ")) {
        if let ["map", index, name] = line.split_whitespace().collect::<Vec<_>>()[..] {
            map.functions.insert(index.parse().expect("an index"), name.to_owned());
        }
    }
    let stubs = resolve(&facts, &symbols::resolve(&facts, None, &map), &map);
    let mut out = String::new();
    for found in &stubs.found {
        writeln!(
            out,
            "function {}: {}, {}",
            found.function, found.stub.symbol, found.evidence
        )
        .expect("room");
    }
    for stub in &stubs.folded {
        writeln!(out, "folded: {}", stub.function).expect("room");
    }
    for stub in &stubs.unseen {
        writeln!(out, "perhaps folded: {}", stub.function).expect("room");
    }
    for stub in &stubs.ambiguous {
        writeln!(out, "ambiguous: {}", stub.function).expect("room");
    }
    out
}

#[test]
fn every_stub_has_an_entry() {
    for stub in &STUBS {
        assert!(
            wasm_direct_sockets::discover::syscalls::entry(stub.symbol).is_some(),
            "{}",
            stub.symbol
        );
    }
}
