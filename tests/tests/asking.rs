//! Programs that ask in a loop for data get on.

use direct_sockets_tests::app::{App, LIMIT, VERSIONS};
use direct_sockets_tests::native;
use direct_sockets_tests::peers::Peers;
use direct_sockets_tests::place;
use direct_sockets_tests::process::{self, End};
use std::process::Command;

#[test]
fn programs_that_ask_in_a_loop_get_on() {
    let peers = Peers::start().expect("peers");
    let arguments = [peers.ports()[0].to_string()];
    let folder = tempfile::tempdir().expect("a folder");
    let linux = folder.path().join("polling");
    native::compile(&place::program("polling.c"), &[], &linux).expect("a native build");
    let expected = process::run(Command::new(linux).args(&arguments), LIMIT).expect("it runs");
    assert_eq!(expected.end, End::Exit(0));
    for version in VERSIONS {
        for level in ["-O0", "-O2"] {
            let app = App::compile(version, "polling.c", &[level]).expect("an app");
            app.retrofit(&[]).expect("retrofitted");
            let outcome = app.run(&app.out(), &arguments).expect("node runs");
            assert_eq!(
                outcome.output(),
                expected.output(),
                "{version} {level}: {}",
                outcome.errors()
            );
            assert_eq!(outcome.end, End::Exit(0));
        }
    }
}
