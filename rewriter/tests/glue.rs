//! Golden tests of the JavaScript analysis and its edits: each `tests/glue/NAME.js` is a glue in small, and
//! `NAME.expected` beside it says what is found in it and what becomes of it. `BLESS=1` rewrites the expectations.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use wasm_direct_sockets::discover::glue::{GlueFacts, WasmSource, scan};
use wasm_direct_sockets::glue::{GlueRequest, HostOptions, apply, edit_with, with_wasm};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/glue")
}

fn snippets() -> Vec<(String, String)> {
    let mut snippets: Vec<(String, String)> = fs::read_dir(folder())
        .expect("tests/glue")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "js"))
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).expect("text"))
        })
        .collect();
    snippets.sort();
    assert!(snippets.len() > 15, "only {} snippets", snippets.len());
    snippets
}

fn request(facts: &GlueFacts) -> GlueRequest<'static> {
    GlueRequest {
        host: HostOptions {
            promising: facts.main_export().map(str::to_owned).into_iter().collect(),
            ..HostOptions::default()
        },
        wasm_name: None,
    }
}

fn describe(source: &str, facts: &GlueFacts) -> String {
    let mut text = String::new();
    let wasm = match &facts.wasm {
        WasmSource::File(name) => format!("file {name}"),
        WasmSource::Inline { bytes, encoding, .. } => format!("{} bytes inline, {encoding:?}", bytes.len()),
        WasmSource::Unknown => "unknown".into(),
    };
    let flags = [
        (facts.closure, "closure"),
        (facts.assertions, "assertions"),
        (facts.asyncify, "asyncify"),
        (facts.jspi, "jspi"),
        (facts.sync_compilation, "synchronous"),
        (facts.module, "module"),
    ];
    let flags: Vec<&str> = flags.iter().filter(|(is, _)| *is).map(|(_, name)| *name).collect();
    let _ = writeln!(text, "{:?}, {}, wasm: {wasm}, {flags:?}", facts.style, facts.era);
    let _ = writeln!(text, "imports {:?}", facts.imports);
    let _ = writeln!(text, "exports {:?}", facts.exports);
    if !facts.invokes.is_empty() {
        let _ = writeln!(
            text,
            "invokes {:?}, rethrow {:?}, setThrew {:?}",
            facts.invokes, facts.rethrow, facts.set_threw
        );
    }
    for place in &facts.instantiations {
        let _ = writeln!(text, "{:?}: {}", place.kind, &source[place.expression.clone()]);
    }
    for obstacle in &facts.obstacles {
        let _ = writeln!(text, "refused: {obstacle}");
    }
    text
}

#[test]
fn what_is_found_and_what_becomes_of_it() {
    let bless = env::var_os("BLESS").is_some();
    let mut wrong = Vec::new();
    for (name, source) in snippets() {
        let facts = scan(&source).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut actual = describe(&source, &facts);
        if facts.obstacles.is_empty() {
            let edited =
                edit_with(&source, &facts, &request(&facts), "HOST").unwrap_or_else(|error| panic!("{name}: {error}"));
            actual.push_str("----\n");
            actual.push_str(&with_wasm(edited.source, &facts, b"\0asm\x01\0\0\0changed"));
        }
        let path = folder().join(format!("{name}.expected"));
        if bless {
            fs::write(&path, &actual).expect("written");
        } else if fs::read_to_string(&path).ok().as_deref() != Some(actual.as_str()) {
            wrong.push(format!("{name}: now\n{actual}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn taking_the_edits_back_gives_the_input() {
    for (name, source) in snippets() {
        let facts = scan(&source).expect("parses");
        assert_eq!(apply(&source, &[]).as_deref(), Ok(source.as_str()), "{name}");
        let edited = edit_with(&source, &facts, &request(&facts), "HOST").expect("edits");
        // What the edits did not name is there, byte for byte and in order.
        let mut rest = edited.source.as_str();
        let mut position = 0;
        for edit in &edited.edits {
            let kept = &source[position..edit.range.start];
            rest = rest
                .strip_prefix(kept)
                .and_then(|rest| rest.strip_prefix(edit.text.as_str()))
                .unwrap_or_else(|| panic!("{name}: not kept before '{}': {kept}", edit.reason));
            position = edit.range.end;
        }
        assert_eq!(rest, &source[position..], "{name}");
    }
}

#[test]
fn the_same_input_gives_the_same_output() {
    for (name, source) in snippets() {
        let edited = || {
            let facts = scan(&source).expect("parses");
            edit_with(&source, &facts, &request(&facts), "HOST")
                .expect("edits")
                .source
        };
        assert_eq!(edited(), edited(), "{name}");
    }
}

/// Numbers that look random and are always the same (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).expect("small")
    }
}

/// Whatever is cut out of, repeated in or put into a glue: an answer or an error, and what is changed parses.
#[test]
fn mutated_glue_is_an_error_or_is_edited_but_never_a_panic() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let snippets = snippets();
    let scraps = [
        "}",
        "{",
        "(",
        "`",
        "${",
        "\"",
        "*/",
        "/*",
        "\n",
        ";",
        "=>",
        "await ",
        "\u{2028}",
        "\u{1f600}",
        "0x",
        "/",
    ];
    let (mut broken, mut edited) = (0, 0);
    for round in 0..1500 {
        let (name, source) = &snippets[round % snippets.len()];
        let mut characters: Vec<char> = source.chars().collect();
        for _ in 0..=dice.below(3) {
            let from = dice.below(characters.len().max(1)).min(characters.len());
            let to = (from + dice.below(40)).min(characters.len());
            match dice.below(4) {
                0 => drop(characters.drain(from..to)),
                1 => characters.truncate(from),
                2 => {
                    let copy = characters[from..to].to_vec();
                    characters.splice(from..from, copy);
                }
                _ => drop(characters.splice(from..from, scraps[dice.below(scraps.len())].chars())),
            }
        }
        let mutated: String = characters.into_iter().collect();
        let Ok(facts) = scan(&mutated) else {
            broken += 1;
            continue;
        };
        // edit parses what it made; an edit that breaks the glue is an error that a user would see.
        match edit_with(&mutated, &facts, &request(&facts), "HOST") {
            Ok(_) => edited += 1,
            Err(error) => panic!("{name}, round {round}: {error}\n{mutated}"),
        }
    }
    assert!(broken > 100 && edited > 100, "{broken} broken, {edited} edited");
}

#[test]
fn a_syntax_error_says_where() {
    let error = scan("var a = 1;\nvar b = ;\n").expect_err("is none");
    assert!(error.to_string().starts_with("line 2, column 9: "), "{error}");
}

#[test]
fn deep_nesting_is_read() {
    let source = format!("var a = {}1{};", "(".repeat(20_000), ")".repeat(20_000));
    assert!(scan(&source).is_ok());
}
