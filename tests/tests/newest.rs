//! Refusals of options that only Emscripten 6 has. Run by `scripts/test --all-emscriptens`.

#![cfg(feature = "all-emscriptens")]

use direct_sockets_tests::process::End;
use direct_sockets_tests::toolchain::Toolchain;
use direct_sockets_tests::{place, retrofit};
use std::fs;

/// Compiles the demo's client with `flags`, and gives what a retrofit of it says.
fn refusal(name: &str, flags: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let app = folder.path().join(name);
    let toolchain = Toolchain::find("6.0.5").expect("Emscripten 6.0.5");
    let compiled = toolchain.compile(&place::program("http.c"), &[&["-O2"], flags].concat(), &app);
    compiled
        .expect("emcc runs")
        .unwrap_or_else(|refusal| panic!("emcc {flags:?}: {}", refusal.text));
    let out = folder.path().join("out");
    fs::create_dir(&out).expect("a folder");
    let outcome = retrofit::retrofit(&app, &out.join(name), &[]).expect("the command runs");
    assert_eq!(outcome.end, End::Exit(1), "{}", outcome.errors());
    assert_eq!(
        fs::read_dir(&out).expect("a folder").count(),
        0,
        "something was written"
    );
    outcome.errors()
}

#[test]
fn wasmfs() {
    let said = refusal("app.js", &["-sWASMFS"]);
    assert!(said.contains("WASMFS"), "{said}");
}

#[test]
fn esm_integration() {
    let said = refusal("app.mjs", &["-sWASM_ESM_INTEGRATION", "-Wno-experimental"]);
    assert!(said.contains("ESM_INTEGRATION"), "{said}");
}
