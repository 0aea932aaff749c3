//! Golden tests of the merge: `tests/merge/*.wat` in, `*.expected` out. `BLESS=1` writes what came out.
//!
//! The head of a test says what it shows and what the plan is, one directive to a line:
//!
//! ```text
//! ;; replace env.__syscall_connect by sys_connect
//! ;; replace env.invoke_vi by invoke [EXPORT]
//! ;; stub EXPORT by sys_fcntl64
//! ;; original socket env.__syscall_socket        (an import, or an export's name)
//! ;; stack-pointer                               (the one that the scan finds)
//! ;; exceptions legacy                           (else those that the scan finds)
//! ;; abi 3
//! ;; show import, func $main                     (else all; forms that start like one of these)
//! ```

use std::fmt::Write;
use std::fs;
use std::path::Path;
use wasm_direct_sockets::discover::stubs::Evidence;
use wasm_direct_sockets::discover::wasm::{Exceptions, ExportKind, WasmFacts, scan};
use wasm_direct_sockets::plan::{By, Plan, Replacement, StubReplacement};
use wasm_direct_sockets::{embed, merge};

use direct_sockets_runtime::interface::{ENTRIES, EVENTS};

#[test]
fn golden() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/merge");
    let runtime = wat::parse_file(directory.join("runtime.wat")).expect("the stand-in runtime");
    let mut tests: Vec<_> = fs::read_dir(&directory)
        .expect("the tests' directory")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wat"))
        .filter(|path| path.file_name().is_some_and(|name| name != "runtime.wat"))
        .collect();
    tests.sort();
    assert!(!tests.is_empty());
    let mut failed = Vec::new();
    for test in tests {
        let text = fs::read_to_string(&test).expect("a test");
        let outcome = run(&text, &runtime);
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

/// Merges, and prints what came out.
fn run(text: &str, runtime: &[u8]) -> String {
    let app = wat::parse_str(text).expect("the program");
    let facts = match scan(&app) {
        Ok(facts) => facts,
        Err(error) => return format!("error: {error}\n"),
    };
    let (plan, show) = directives(text, &facts);
    let runtime = embed::embed(runtime, &merge::needed_exports(&plan), "").expect("embedded");
    let merged = match merge::merge(&app, &facts, &runtime, &plan) {
        Ok(merged) => merged,
        Err(error) => return format!("error: {error}\n"),
    };
    assert_eq!(
        merge::merge(&app, &facts, &runtime, &plan).expect("again").wasm,
        merged.wasm,
        "the same input gives the same bytes"
    );
    let report = &merged.report;
    let mut out = format!(
        ";; slots: {} reused, {} left, {} added; {} of {} bodies changed\n",
        report.slots_reused, report.slots_left, report.imports_added, report.bodies_changed, report.bodies
    );
    if report.renumbered {
        out.push_str(";; functions renumbered\n");
    }
    if report.tags_renumbered {
        out.push_str(";; tags renumbered\n");
    }
    for warning in &merged.warnings {
        writeln!(out, ";; warning: {warning}").expect("a string takes all");
    }
    print(&merged.wasm, &show, &mut out);
    out
}

/// Prints the top-level forms that a test wants to show; never the exports of the events, which are the same
/// in all.
fn print(wasm: &[u8], show: &[String], out: &mut String) {
    let text = wasmprinter::print_bytes(wasm).expect("printable");
    let mut shown = false;
    for line in text.lines() {
        let form = line.strip_prefix("  (").filter(|_| !line.starts_with("   "));
        if let Some(form) = form {
            let event = EVENTS
                .iter()
                .any(|(name, _)| form.starts_with(&format!("export \"direct_sockets.{name}\"")));
            let wanted = show.is_empty() || show.iter().any(|start| form.starts_with(start.as_str()));
            shown = wanted && !event;
        } else if !line.starts_with("   ") && line != "  )" {
            shown = show.is_empty();
        }
        if shown {
            out.push_str(line);
            out.push('\n');
        }
    }
}

/// The plan and what to show.
fn directives(text: &str, facts: &WasmFacts) -> (Plan, Vec<String>) {
    let mut plan = Plan {
        exceptions: facts.exceptions,
        promising: Vec::new(),
        source_map_url: Default::default(),
        ..Plan::default()
    };
    let mut show = Vec::new();
    for line in text.lines().map_while(|line| line.strip_prefix(";; ")) {
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["replace", import, "by", "invoke", ref callee @ ..] => {
                let callee = callee.first().map(|name| function(facts, name));
                plan.replacements.push(Replacement {
                    import: function(facts, import),
                    by: By::Invoke { callee },
                });
            }
            ["replace", import, "by", entry] => {
                let entry = ENTRIES.iter().find(|known| known.name == entry).expect("an entry");
                plan.replacements.push(Replacement {
                    import: function(facts, import),
                    by: By::Thunk(entry),
                });
            }
            ["stub", export, "by", entry] => {
                let entry = ENTRIES.iter().find(|known| known.name == entry).expect("an entry");
                plan.stubs.push(StubReplacement {
                    function: function(facts, export),
                    entry,
                    symbol: "__syscall_stub",
                    evidence: Evidence::Export,
                });
            }
            ["original", original, name] => {
                let function = Some(function(facts, name));
                let originals = &mut plan.originals;
                match original {
                    "socket" => originals.socket = function,
                    "close" => originals.close = function,
                    "fcntl" => originals.fcntl = function,
                    "poll" => originals.poll = function,
                    "select" => originals.select = function,
                    "malloc" => originals.malloc = function,
                    "free" => originals.free = function,
                    "set_threw" => originals.set_threw = function,
                    _ => panic!("no original {original}"),
                }
            }
            ["stack-pointer"] => {
                assert!(facts.stack_pointer.is_some(), "the scan found no stack pointer");
                plan.stack_pointer = facts.stack_pointer;
            }
            ["exceptions", "legacy"] => plan.exceptions = Exceptions::Legacy,
            ["abi", bits] => plan.abi = bits.parse().expect("a number"),
            ["show", ..] => {
                show = line[5..].split(", ").map(|form| form.trim().to_owned()).collect();
            }
            _ => {}
        }
    }
    (plan, show)
}

/// The index of `module.field`, or of an exported function.
fn function(facts: &WasmFacts, name: &str) -> u32 {
    let import = facts
        .imports
        .iter()
        .position(|import| name.split_once('.') == Some((import.module.as_str(), import.field.as_str())));
    let export = facts
        .exports
        .iter()
        .find(|export| export.kind == ExportKind::Func && export.name == name);
    match (import, export) {
        (Some(import), _) => import as u32,
        (None, Some(export)) => export.index,
        (None, None) => panic!("no function {name}"),
    }
}
