//! The calls that Emscripten before 6.0.2 compiles in as stubs work where they can still be found, and do as before, with a
//! word about it, where the optimizer has folded them.

use direct_sockets_tests::app::{App, LIMIT};
use direct_sockets_tests::peer::Peer;
use direct_sockets_tests::process::{self, End, Outcome};
use direct_sockets_tests::toolchain::TESTED;
use direct_sockets_tests::{native, place, retrofit};
use std::io::{Read, Write};
use std::process::Command;

/// A peer that answers once it has seen the end of what is sent: a FIN, while the program still listens.
fn peer() -> Peer<String> {
    let peer = Peer::start(|mut stream| {
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        stream.write_all(b"that was the end")?;
        Ok(text)
    });
    peer.expect("a peer")
}

/// What the program prints with a peer of its own.
fn talk(start: impl FnOnce(&[String]) -> Outcome) -> String {
    let peer = peer();
    let outcome = start(&[peer.port.to_string()]);
    assert_eq!(outcome.end, End::Exit(0), "{}{}", outcome.output(), outcome.errors());
    assert_eq!(peer.seen().expect("an end"), "to the end");
    outcome.output()
}

fn on_linux() -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("stubs");
    native::compile(&place::program("stubs.c"), &[], &program).expect("compiled");
    talk(|arguments| process::run(Command::new(program).args(arguments), LIMIT).expect("it runs"))
}

#[test]
fn stubs_that_are_found_work() {
    let expected = on_linux();
    for version in TESTED {
        for flags in [
            &["-O0"][..],
            &["-O1"],
            &["-O1", "-sASSERTIONS=1"],
            &["-O1", "--profiling-funcs"],
            &["-O1", "-sSTANDALONE_WASM"],
        ] {
            let app = App::compile(version, "stubs.c", flags).expect("an app");
            let outcome = app.retrofit(&[]).expect("retrofitted");
            assert_eq!(outcome.errors(), "", "{version} {flags:?}");
            let got = talk(|arguments| app.run(&app.out(), arguments).expect("node runs"));
            assert_eq!(got, expected, "{version} {flags:?}");
        }
    }
}

#[test]
fn inspect_names_stubs_and_what_told() {
    for (flags, told) in [
        (&["-O0"][..], "by the text of its warning"),
        (&["-O1"], "by its caller"),
        (&["-O1", "--profiling-funcs"], "by its name"),
    ] {
        let app = App::compile("3.1.6", "stubs.c", flags).expect("an app");
        let outcome = retrofit::run(&["inspect".as_ref(), app.original().as_os_str()]).expect("the command runs");
        for symbol in ["__syscall_setsockopt", "__syscall_shutdown"] {
            let text = outcome.output();
            let line = text
                .lines()
                .find(|line| line.contains(symbol))
                .unwrap_or_else(|| panic!("{text}"));
            assert!(line.ends_with(told), "{line}");
        }
    }
}

#[test]
fn folded_stubs_are_told() {
    for flags in [&["-O2"][..], &["-O3"], &["-Os"], &["-O2", "-sASSERTIONS=1"]] {
        let app = App::compile("3.1.6", "stubs.c", flags).expect("an app");
        let said = app.retrofit(&[]).expect("retrofitted").errors();
        assert_eq!(said.lines().count(), 1, "{flags:?}: {said}");
        for part in ["setsockopt()", "ENOPROTOOPT", "shutdown()", "ENOSYS", "-O1"] {
            assert!(said.contains(part), "{flags:?}: no {part} in: {said}");
        }
    }
}

/// The programs of this folder that call none of them.
#[test]
fn nothing_is_told_about_programs_without_them() {
    for program in ["echo.c", "compute.c", "leaves.c", "polling.c"] {
        for flags in [&["-O0"][..], &["-O2"], &["-O3"], &["-O2", "-sASSERTIONS=1"]] {
            let app = App::compile("3.1.6", program, flags).expect("an app");
            let said = app.retrofit(&[]).expect("retrofitted").errors();
            assert_eq!(said, "", "{program} {flags:?}");
        }
    }
}
