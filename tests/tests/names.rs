//! Stack traces and symbol maps say the same of a program before and after its retrofit.

use direct_sockets_tests::app::{App, LIMIT, VERSIONS};
use direct_sockets_tests::{place, process};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The wasm frames of a trap's stack trace, innermost first: `(name, function index)`.
fn frames(app: &App, script: &Path, arguments: &[&str]) -> Vec<(String, u32)> {
    let mut command = app.node().expect("node");
    command.arg("--import").arg(place::driver("stack-only.mjs"));
    let outcome = process::run(command.arg(script).args(arguments), LIMIT).expect("node runs");
    let errors = outcome.errors();
    let mut frames: Vec<_> = errors
        .lines()
        .filter_map(|line| {
            // "    at name (wasm://wasm/00123456:wasm-function[12]:0x345)"; without a name there are no brackets.
            let (before, rest) = line.split_once("wasm-function[")?;
            let index = rest.split(']').next()?.parse().ok()?;
            let words = before.trim().strip_prefix("at ")?;
            let name = words.split_once(" (wasm://").map_or("", |(name, _)| name);
            Some((name.rsplit('.').next().unwrap_or(name).to_owned(), index))
        })
        .collect();
    assert!(errors.contains("unreachable"), "{errors}");
    // The frames above main are the program's start, which the retrofit changes.
    frames.truncate(6);
    frames
}

/// What the frames of a trap are called is known, and the same after the retrofit, at once and after a wait.
fn assert_same_names(app: &App, what: &str, names: impl Fn(&Path, &[&str]) -> Vec<String>) {
    let before = names(&app.original(), &[]);
    assert_eq!(
        before[..5],
        [
            "innermost",
            "in_the_middle",
            "in_the_middle",
            "in_the_middle",
            "outermost"
        ],
        "{what}"
    );
    for arguments in [&[][..], &["wait"]] {
        assert_eq!(names(&app.out(), arguments), before, "{what} {arguments:?}");
    }
}

#[test]
fn a_stack_trace_has_the_same_names() {
    for version in VERSIONS {
        for flags in [["-O0", "-g2"], ["-O2", "-g2"]] {
            let app = App::compile(version, "trap.c", &flags).expect("an app");
            app.retrofit(&[]).expect("retrofitted");
            assert_same_names(&app, &format!("{version} {flags:?}"), |script, arguments| {
                let frames = frames(&app, script, arguments);
                frames.into_iter().map(|(name, _)| name).collect()
            });
        }
    }
}

/// Function index to name.
fn symbol_map(path: &Path) -> BTreeMap<u32, String> {
    let text = fs::read_to_string(path).expect("a symbol map");
    let entry = |line: &str| {
        let (index, name) = line.split_once(':')?;
        Some((index.parse().ok()?, name.to_owned()))
    };
    text.lines().map(|line| entry(line).expect("an entry")).collect()
}

#[test]
fn a_symbol_map_stays_right() {
    for version in VERSIONS {
        // With few socket calls there are too few slots for what is added.
        for (flags, indices) in [
            (&["-O3", "--emit-symbol-map"][..], "function indices unchanged"),
            (&["-O3", "--emit-symbol-map", "-DFEW"], "function indices renumbered"),
        ] {
            let app = App::compile(version, "trap.c", flags).expect("an app");
            let report = app.retrofit(&[]).expect("retrofitted").output();
            assert!(report.contains(indices), "{report}");
            assert_same_names(&app, &format!("{version} {flags:?}"), |script, arguments| {
                let map = symbol_map(&script.with_file_name("app.js.symbols"));
                let frames = frames(&app, script, arguments);
                assert!(!frames.is_empty());
                let name = |index| map.get(index).map_or("none", String::as_str).to_owned();
                frames.iter().map(|(_, index)| name(index)).collect()
            });
        }
    }
}

#[test]
fn a_symbol_map_of_another_build_does_not_go_along() {
    let app = App::compile("3.1.6", "trap.c", &["-O3"]).expect("an app");
    let map = app.path("app.js.symbols");
    let beside = app.out().with_file_name("app.js.symbols");
    for (text, reason) in [
        ("0:one\n1:two\n", "not of this wasm; it does not go along"),
        (
            "hello\n",
            "not a symbol map (`index:name` per line); it does not go along",
        ),
    ] {
        fs::write(&map, text).expect("written");
        let outcome = app.retrofit(&[]).expect("retrofitted");
        let expected = format!("warning: {}: {reason}\n", map.display());
        assert!(outcome.errors().ends_with(&expected), "{}", outcome.errors());
        assert!(!beside.exists(), "{text}");
        assert_eq!(fs::read_to_string(&map).expect("left as it was"), text);
    }
}
