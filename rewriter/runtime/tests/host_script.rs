//! The host script shares its words with the runtime: numbers of commands, options and flags, names of events.
//! They are written down twice, in Rust and in JavaScript; these tests compare the two texts.

use std::collections::BTreeMap;

use direct_sockets_runtime::interface;

const RUST: &str = include_str!("../src/interface.rs");
const SCRIPT: &str = include_str!("../../host/interface.js");

/// The pairs `name SEPARATOR number` between the line that `start`s a table and the next line that begins with `end`.
fn table(text: &str, start: &str, end: &str, separator: char) -> BTreeMap<String, u32> {
    let lines = text.lines().skip_while(|line| !line.starts_with(start)).skip(1);
    lines
        .take_while(|line| !line.starts_with(end))
        .filter_map(|line| {
            let line = line.trim().trim_end_matches([',', ';']);
            let (name, number) = line.split_once(separator)?;
            let name = name.trim().trim_start_matches("pub const ").trim_end_matches(": u32");
            Some((name.to_owned(), number.trim().parse().ok()?))
        })
        .collect()
}

fn script_table(name: &str) -> BTreeMap<String, u32> {
    table(SCRIPT, &format!("export const {name} = "), "}", ':')
}

fn rust_table(start: &str) -> BTreeMap<String, u32> {
    table(RUST, start, "}", '=')
}

#[test]
fn commands_options_and_flags_have_the_same_names_and_numbers() {
    for (script, rust) in [
        ("Command", "pub enum Command "),
        ("HostOption", "pub enum HostOption "),
        ("OpenFlag", "pub mod open_flags "),
    ] {
        let ours = script_table(script);
        assert!(ours.len() >= 4, "the table {script} was not found");
        assert_eq!(ours, rust_table(rust), "{script}");
    }
}

#[test]
fn names_of_module_and_exports_are_the_same() {
    assert!(SCRIPT.contains(&format!("export const HOST_MODULE = '{}';", interface::HOST_MODULE)));
    assert!(SCRIPT.contains(&format!("export const EXPORT_PREFIX = '{}';", interface::EXPORT_PREFIX)));
    assert!(SCRIPT.contains(&format!("export const ENDPOINT_SIZE = {};", interface::Endpoint::SIZE)));
}

#[test]
fn the_script_knows_every_event() {
    let scripts = [
        include_str!("../../host/kinds.js"),
        include_str!("../../host/sockets.js"),
        include_str!("../../host/tickets.js"),
        include_str!("../../host/bridge.js"),
    ]
    .concat();
    for (event, _) in interface::EVENTS {
        assert!(
            scripts.contains(&format!("events.{event}(")) || scripts.contains(&format!("runtime.{event}(")),
            "nobody calls {event}"
        );
    }
}
