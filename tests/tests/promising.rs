//! Exports that JavaScript awaits (`--promising`), and what runs while they wait.

use direct_sockets_tests::app::{App, LIMIT, VERSIONS};
use direct_sockets_tests::peers::Peers;
use direct_sockets_tests::place;
use direct_sockets_tests::process::{self, End};

const EXPORTS: &str = "-sEXPORTED_FUNCTIONS=_talk,_say,_receive_at_once,_scribble,_malloc,_free";
const WITHOUT_MALLOC: &str = "-sEXPORTED_FUNCTIONS=_talk,_say,_receive_at_once,_scribble";
const METHODS: &str = "-sEXPORTED_RUNTIME_METHODS=ccall,cwrap";

/// What `talk` answers for a mark: ten bytes counted up from it.
fn sum(mark: i32) -> i32 {
    (0..10).map(|depth| mark + depth).sum()
}

/// Builds the library with these flags, retrofits it, and runs one way of `library.mjs`.
#[track_caller]
fn answers(version: &str, flags: &[&str], way: &str) -> String {
    let mut all = vec!["--no-entry", METHODS];
    all.extend(flags);
    let app = App::compile(version, "library.c", &all).expect("an app");
    app.retrofit(&["--promising", "talk", "--promising", "say"])
        .expect("retrofitted");
    let peers = Peers::start().expect("peers");
    let mut command = app.node().expect("node");
    command.arg(place::driver("library.mjs")).arg(app.out());
    command.args([peers.ports()[0].to_string().as_str(), way]);
    let outcome = process::run(&mut command, LIMIT).expect("node runs");
    assert_eq!(
        outcome.end,
        End::Exit(0),
        "{version} {flags:?}: {}{}",
        outcome.output(),
        outcome.errors()
    );
    outcome.output()
}

fn each_version(test: impl Fn(&str)) {
    VERSIONS.iter().for_each(|version| test(version));
}

#[test]
fn a_promising_export_answers_a_promise() {
    let expected = format!("a promise: true\ntalk: {}\ntalk again: {}\n", sum(1), sum(2));
    each_version(|version| {
        for flags in [
            &["-O2", EXPORTS][..],
            &["-O3", EXPORTS, "-sMODULARIZE"],
            &["-O0", EXPORTS],
        ] {
            assert_eq!(answers(version, flags, "one"), expected, "{version} {flags:?}");
        }
    });
}

#[test]
fn calls_at_the_same_time_keep_their_frames() {
    let scribbled = 0xee * 10;
    let expected = format!(
        "meanwhile: {scribbled}\ntalk: {} {} {}\nended: 3\n",
        sum(10),
        sum(60),
        sum(110)
    );
    each_version(|version| {
        for flags in [&["-O2", EXPORTS][..], &["-O3", EXPORTS], &["-O2", WITHOUT_MALLOC]] {
            assert_eq!(answers(version, flags, "three"), expected, "{version} {flags:?}");
        }
    });
}

#[test]
fn an_export_that_is_not_named_answers_eagain() {
    let expected = format!(
        "receive_at_once: -6\nthe same while a call waits: -6\ntalk: {}\ntalk of an unnamed export: number\n",
        sum(7)
    );
    each_version(|version| assert_eq!(answers(version, &["-O2", EXPORTS], "synchronous"), expected));
}

#[test]
fn ccall_and_cwrap_pass_the_promise_on() {
    let expected = format!("ccall: {}\ncwrap: {}\n", sum(3), sum(4));
    each_version(|version| {
        for flags in [&["-O2", EXPORTS][..], &["-O2", EXPORTS, "-sMODULARIZE"]] {
            assert_eq!(answers(version, flags, "ccall"), expected, "{version} {flags:?}");
        }
    });
}

#[test]
fn texts_of_ccall_stay_while_the_call_waits() {
    each_version(|version| {
        for level in ["-O0", "-O2", "-O3"] {
            let said = answers(version, &[level, EXPORTS], "strings");
            assert_eq!(said, "say: 14 21 9\nright: 3000\n", "{version} {level}");
        }
    });
}

#[test]
fn a_callback_does_not_touch_the_frames_of_a_main_that_waits() {
    each_version(|version| {
        for level in ["-O0", "-O2"] {
            let app = App::compile(version, "callback.c", &[level]).expect("an app");
            app.retrofit(&[]).expect("retrofitted");
            let peers = Peers::start().expect("peers");
            let outcome = app.run(&app.out(), &[peers.udp_echo().to_string()]).expect("node runs");
            let expected = format!(
                "{}frames overwritten: 0\n",
                format!("timer: {}\n", 0xee * 10).repeat(10)
            );
            assert_eq!(outcome.output(), expected, "{version} {level}: {}", outcome.errors());
            assert_eq!(outcome.end, End::Exit(0));
        }
    });
}
