//! The series of edits on real Emscripten trees: what emcc then does with -sDIRECT_SOCKETS, what it refuses, and that a
//! tree is afterwards what it was.

use direct_sockets_tests::app::LIMIT;
use direct_sockets_tests::chromium::{Chromium, Place};
use direct_sockets_tests::node::{self, Start};
use direct_sockets_tests::patched::Patched;
use direct_sockets_tests::peers::Peers;
use direct_sockets_tests::process::{self, End};
use direct_sockets_tests::toolchain::{DEFAULT, TESTED};
use direct_sockets_tests::{place, web};
use std::fs;
use std::process::Command;
use std::time::Instant;

/// Programs of `tests/posix`, some of them with what is a stub in C before 6.0.2 and folded from -O2 on.
const PROGRAMS: &[&str] = &[
    "accept_address",
    "accept_not_listening",
    "accept_would_block",
    "two_listeners",
    "mmsg",
    "bind_not_ours",
    "bind_port_zero",
    "options_linger",
    "options_switches",
    "connect_in_progress",
    "connect_is_connected",
    "connect_refused",
    "connect_unspec",
    "connect_v6",
    "pselect_waits",
    "f_dupfd",
    "fionread",
    "vectors",
    "shutdown_both",
    "socketpair_stream",
];

const SOCKET: &str = "#include <sys/socket.h>\nint main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }\n";

fn applied(version: &str) -> Patched {
    let patched = Patched::copy(version).expect("a copy");
    patched.emscripten(&["apply"]).expect("applied");
    patched
}

#[test]
fn programs_do_what_they_do_on_linux() {
    for version in TESTED {
        let patched = applied(version);
        let mut failures = Vec::new();
        let mut compare = |name: &str, flags: &[&str], start: Start| {
            let source = place::tests().join(format!("posix/{name}.c"));
            match patched.compare(&source, flags, start, &[]) {
                Ok((linux, got)) if (linux.end, linux.output()) == (got.end, got.output()) => {}
                Ok((linux, got)) => failures.push(format!(
                    "{version} {name} {flags:?}: {}\n{}{}\non Linux: {}\n{}",
                    got.end,
                    got.output(),
                    got.errors(),
                    linux.end,
                    linux.output()
                )),
                Err(error) => failures.push(format!("{version} {name} {flags:?}: {error:#}")),
            }
        };
        for (index, name) in PROGRAMS.iter().enumerate() {
            // Every program at one level, and some at all.
            for (at, level) in ["-O0", "-O2", "-O3"].iter().enumerate() {
                if index % 3 == at || index % 5 == 0 {
                    compare(name, &["-sDIRECT_SOCKETS", "-sEXIT_RUNTIME", level], Start::Script);
                }
            }
        }
        for (flags, start) in [
            (&["-O3", "-sSINGLE_FILE"][..], Start::Script),
            (&["-Oz"], Start::Script),
            (&["-g"], Start::Script),
            (&["-O2", "-gsource-map"], Start::Script),
            (&["-O1", "--emit-symbol-map"], Start::Script),
            (&["-O3", "--closure", "1"], Start::Script),
            (&["-O2", "-sJSPI"], Start::Script),
            (&["-O2", "-sMODULARIZE"], Start::Factory),
            (&["-O3", "-sMODULARIZE", "-sEXPORT_ES6"], Start::Module),
        ] {
            let flags = [&["-sDIRECT_SOCKETS", "-sEXIT_RUNTIME"], flags].concat();
            compare("shutdown_both", &flags, start);
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
        let left = fs::read_dir(patched.path("")).expect("a folder");
        let left: Vec<_> = left.map(|entry| entry.expect("an entry").file_name()).collect();
        let is_ours = |name: &std::ffi::OsString| name.to_string_lossy().starts_with(".direct-sockets-");
        assert!(!left.iter().any(is_ours), "{left:?}");
    }
}

#[test]
fn the_symbol_map_is_of_the_wasm_that_the_link_leaves() {
    for version in TESTED {
        let patched = applied(version);
        let flags = ["-sDIRECT_SOCKETS", "-O3", "-DFEW", "--emit-symbol-map"];
        let app = patched
            .compile(&place::program("trap.c"), &flags, Start::Script)
            .expect("compiled");
        let trapped = process::run(
            &mut node::command(&app, Start::Script, version, &[]).expect("node"),
            LIMIT,
        )
        .expect("node runs");
        let errors = trapped.errors();
        let index = errors
            .split_once("wasm-function[")
            .and_then(|(_, rest)| rest.split_once(']'));
        let (index, _) = index.unwrap_or_else(|| panic!("{errors}"));
        let map = fs::read_to_string(patched.path("app.js.symbols")).expect("a symbol map");
        let innermost = format!("{index}:innermost");
        assert!(map.lines().any(|line| line == innermost), "{version} {index}\n{map}");
    }
}

#[test]
fn an_http_client_on_node_and_in_chromium() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("page.txt"), "a page\n".repeat(20_000)).expect("a page");
    let nginx = web::nginx(folder.path()).expect("nginx");
    let peers = Peers::start().expect("peers");
    let arguments = [
        "localhost",
        &nginx.port.to_string(),
        "/page.txt",
        &peers.udp_echo().to_string(),
    ]
    .map(str::to_owned);
    let chromium = Chromium::start().expect("chromium");
    for version in TESTED {
        let patched = applied(version);
        let source = place::program("http.c");
        for level in ["-O0", "-O2", "-O3"] {
            let flags = ["-sDIRECT_SOCKETS", "-sEXIT_RUNTIME", level];
            let (linux, got) = patched
                .compare(&source, &flags, Start::Script, &arguments)
                .expect("both run");
            assert_eq!(linux.end, End::Exit(0), "{}", linux.errors());
            assert_eq!(
                (got.end, got.output()),
                (linux.end, linux.output()),
                "{version} {level}: {}",
                got.errors()
            );
            let web = chromium
                .install(&patched.path("app.js"), Place::Worker)
                .expect("installed");
            let told = web.run(&arguments, LIMIT).expect("a page");
            assert_eq!(
                (told.exit, told.stdout),
                (Some(0), linux.output()),
                "{version} {level}: {:?}",
                told.problems
            );
        }
    }
}

#[test]
fn what_is_not_there_is_said_in_one_sentence() {
    for version in TESTED {
        let patched = applied(version);
        fs::write(patched.path("client.c"), SOCKET).expect("written");
        for (flags, words) in [
            (
                &["-sDIRECT_SOCKETS", "-sJSPI", "-sPROXY_TO_PTHREAD", "-pthread"][..],
                "-pthread: threads are not supported yet",
            ),
            (&["-sDIRECT_SOCKETS=2"], "DIRECT_SOCKETS=2: it takes 0 or 1"),
            (&["-sDIRECT_SOCKETS=-1"], "DIRECT_SOCKETS=-1: it takes 0 or 1"),
            (
                &["-sDIRECT_SOCKETS", "-sWASM=0"],
                "-sWASM=0: the sockets are in the wasm",
            ),
            (
                &["-sDIRECT_SOCKETS", "-sPROXY_POSIX_SOCKETS"],
                "-sPROXY_POSIX_SOCKETS: its sockets are no imports",
            ),
            (
                &["-sDIRECT_SOCKETS", "-sWASMFS"],
                "-sWASMFS: its sockets are no imports",
            ),
            (
                &["-sDIRECT_SOCKETS_WEBTRANSPORT"],
                "-sDIRECT_SOCKETS_WEBTRANSPORT is not there yet",
            ),
            (
                &["-sDIRECT_SOCKETS_TRACE"],
                "-sDIRECT_SOCKETS_TRACE needs -sDIRECT_SOCKETS",
            ),
            (
                &["-sDIRECT_SOCKETS", "-sDIRECT_SOCKETS_RCVBUF=1"],
                "DIRECT_SOCKETS_RCVBUF=1: it takes a number of bytes",
            ),
        ] {
            let mut arguments = vec!["client.c", "-o", "refused.js"];
            arguments.extend(flags);
            let outcome = patched.emcc(&arguments).expect("it runs");
            assert_eq!(outcome.end, End::Exit(1), "{version} {flags:?}: {}", outcome.errors());
            assert!(
                outcome.errors().contains(words),
                "{version} {flags:?}: {}",
                outcome.errors()
            );
            assert!(!patched.path("refused.js").exists(), "{version} {flags:?}");
        }
    }
}

#[test]
fn settings_are_passed_on_and_recorded() {
    for version in TESTED {
        let patched = applied(version);
        fs::write(patched.path("a.c"), SOCKET).expect("written");
        fs::write(patched.path("rules.txt"), "# the web\nconnect:*:80\nlisten:*:*\n").expect("written");
        for (given, recorded) in [
            (
                "-sDIRECT_SOCKETS_ALLOW=connect:*:80,listen:*:*",
                "DIRECT_SOCKETS_ALLOW=connect:*:80,listen:*:*",
            ),
            (
                "-sDIRECT_SOCKETS_ALLOW=[connect:*:80,'listen:*:*']",
                "DIRECT_SOCKETS_ALLOW=connect:*:80,listen:*:*",
            ),
            (
                "-sDIRECT_SOCKETS_ALLOW=@rules.txt",
                "DIRECT_SOCKETS_ALLOW=connect:*:80,listen:*:*",
            ),
            ("-sDIRECT_SOCKETS_RCVBUF=1MB", "DIRECT_SOCKETS_RCVBUF=1048576"),
            ("-sDIRECT_SOCKETS_TRACE", "DIRECT_SOCKETS_TRACE=1"),
            ("-sDIRECT_SOCKETS_BACKEND=node", "DIRECT_SOCKETS_BACKEND=node"),
        ] {
            let outcome = patched
                .emcc(&["a.c", "-o", "a.js", "-sDIRECT_SOCKETS", given])
                .expect("it runs");
            assert_eq!(outcome.end, End::Exit(0), "{version} {given}: {}", outcome.errors());
            let wasm = fs::read(patched.path("a.wasm")).expect("there");
            let is_there = wasm.windows(recorded.len()).any(|bytes| bytes == recorded.as_bytes());
            assert!(is_there, "{version} {given}");
        }
    }
}

#[test]
fn programs_without_sockets_and_without_the_setting_are_left_alone() {
    for version in TESTED {
        let patched = Patched::copy(version).expect("a copy");
        fs::write(patched.path("a.c"), "int main(void) { return 7; }\n").expect("written");
        let compile = |flags: &[&str]| {
            let outcome = patched
                .emcc(&[&["a.c", "-o", "a.js"], flags].concat())
                .expect("it runs");
            assert_eq!(outcome.end, End::Exit(0), "{}", outcome.errors());
            ["a.js", "a.wasm"].map(|name| fs::read(patched.path(name)).expect("there"))
        };
        let stock = compile(&[]);
        patched.emscripten(&["apply"]).expect("applied");
        assert!(compile(&[]) == stock, "{version}");
        let [js, wasm] = compile(&["-sDIRECT_SOCKETS"]);
        if *version == "3.1.6" {
            assert!([js, wasm] == stock, "{version}");
        } else {
            // Newer linkers export what socket() needs, strerror, as soon as an object knows of it; nothing else is added.
            let known = |bytes: &[u8]| bytes.windows(14).any(|part| part == b"direct_sockets");
            assert!(
                !known(&js) && !known(&wasm) && wasm.len() < stock[1].len() + 4096,
                "{version}"
            );
        }
    }
}

/// The tests that the series adds, run by Emscripten's own runner. In the browser with the one that is beside Chromium.
#[test]
fn tests_of_the_series_pass() {
    for version in TESTED {
        let patched = applied(version);
        let suites: &[&str] = match *version {
            DEFAULT => &["direct_sockets_node", "direct_sockets_browser"],
            _ => &["direct_sockets_node"],
        };
        for suite in suites {
            let outcome = patched.runner(suite).expect("it runs");
            let said = outcome.errors();
            assert_eq!(outcome.end, End::Exit(0), "{version} {suite}: {said}");
            assert!(said.contains("Ran 4 tests") && !said.contains("skipped"), "{said}");
            // Chromium was ended by a signal to the command that had started it; its profile goes with it.
            let start = Instant::now();
            while left_behind(&patched) > 0 {
                assert!(start.elapsed() < LIMIT, "{version} {suite} left a profile behind");
                std::thread::yield_now();
            }
        }
    }
}

/// Folders for a moment that `wasm-direct-sockets` made and that are still there.
fn left_behind(patched: &Patched) -> usize {
    let entries = fs::read_dir(patched.path("tmp")).expect("a folder").flatten();
    let ours = |name: std::ffi::OsString| name.to_string_lossy().starts_with("wasm-direct-sockets-");
    entries.filter(|entry| ours(entry.file_name())).count()
}

#[test]
fn trees_are_what_they_were_and_patches_make_what_apply_makes() {
    for version in TESTED {
        let patched = Patched::copy(version).expect("a copy");
        let before = patched.contents().expect("read");
        let unified = patched.emscripten(&["diff"]).expect("a patch");
        let quilt = patched.emscripten(&["diff", "--format", "quilt"]).expect("a patch");
        patched.emscripten(&["apply"]).expect("applied");
        let after = patched.contents().expect("read");
        patched.emscripten(&["apply"]).expect("applied again");
        assert!(patched.contents().expect("read") == after, "{version}: applied twice");
        patched.emscripten(&["revert"]).expect("reverted");
        assert!(patched.contents().expect("read") == before, "{version}: reverted");

        let run = |command: &mut Command| {
            let outcome = process::run(command, LIMIT).expect("it runs");
            assert_eq!(outcome.end, End::Exit(0), "{}{}", outcome.output(), outcome.errors());
        };
        let same = |how: &str| {
            let mut got = patched.contents().expect("read");
            got.retain(|path, _| !path.components().any(|part| part.as_os_str() == ".pc"));
            let contents = |all: &std::collections::BTreeMap<_, (u32, Vec<u8>)>| {
                let text = all
                    .iter()
                    .map(|(path, (_, text)): (&std::path::PathBuf, _)| (path.clone(), text.clone()));
                text.collect::<Vec<_>>()
            };
            assert!(contents(&got) == contents(&after), "{version}: {how}");
        };
        fs::write(patched.path("unified.patch"), unified).expect("written");
        let patch = ["-p1", "-s", "-i", "../unified.patch"];
        run(Command::new("patch").args(patch).current_dir(patched.tree()));
        same("patch");
        run(Command::new("patch").arg("-R").args(patch).current_dir(patched.tree()));
        assert!(patched.contents().expect("read").keys().eq(before.keys()));

        fs::create_dir(patched.path("patches")).expect("made");
        fs::write(patched.path("patches/direct-sockets.patch"), quilt).expect("written");
        fs::write(patched.path("patches/series"), "direct-sockets.patch\n").expect("written");
        run(Command::new("quilt")
            .args(["--quiltrc=-", "push", "-a"])
            .env("QUILT_PATCHES", "../patches")
            .current_dir(patched.tree()));
        same("quilt");
    }
}
