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

#[test]
fn a_stack_trace_has_the_same_names() {
    for version in VERSIONS {
        for flags in [["-O0", "-g2"], ["-O2", "-g2"]] {
            let app = App::compile(version, "trap.c", &flags).expect("an app");
            app.retrofit(&[]).expect("retrofitted");
            let names = |frames: Vec<(String, u32)>| frames.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
            let before = names(frames(&app, &app.original(), &[]));
            assert_eq!(
                before[..5],
                [
                    "innermost",
                    "in_the_middle",
                    "in_the_middle",
                    "in_the_middle",
                    "outermost"
                ],
                "{version} {flags:?}"
            );
            for arguments in [&[][..], &["wait"]] {
                assert_eq!(
                    names(frames(&app, &app.out(), arguments)),
                    before,
                    "{version} {flags:?} {arguments:?}"
                );
            }
        }
    }
}

#[test]
fn a_symbol_map_stays_right() {
    for version in VERSIONS {
        let app = App::compile(version, "trap.c", &["-O3", "--emit-symbol-map"]).expect("an app");
        let map = fs::read_to_string(app.path("app.js.symbols")).expect("a symbol map");
        let map: BTreeMap<u32, &str> = map
            .lines()
            .filter_map(|line| line.split_once(':'))
            .filter_map(|(index, name)| Some((index.parse().ok()?, name)))
            .collect();
        let report = app.retrofit(&[]).expect("retrofitted").output();
        assert!(!report.contains("renumbered"), "{report}");
        let named = |script: &Path, arguments: &[&str]| -> Vec<&str> {
            let frames = frames(&app, script, arguments);
            assert!(!frames.is_empty());
            frames
                .iter()
                .map(|(_, index)| map.get(index).copied().unwrap_or("none"))
                .collect()
        };
        let before = named(&app.original(), &[]);
        assert_eq!(
            before[..5],
            [
                "innermost",
                "in_the_middle",
                "in_the_middle",
                "in_the_middle",
                "outermost"
            ]
        );
        for arguments in [&[][..], &["wait"]] {
            assert_eq!(named(&app.out(), arguments), before, "{version} {arguments:?}");
        }
    }
}
