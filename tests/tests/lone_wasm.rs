//! A wasm without emcc's JavaScript: `--host` writes what a loader of one's own includes.

use direct_sockets_tests::app::{App, LIMIT, VERSIONS};
use direct_sockets_tests::peers::Peers;
use direct_sockets_tests::process::{self, End};
use direct_sockets_tests::{place, retrofit};
use std::ffi::OsStr;
use std::fs;
use std::process::Command;

#[test]
fn a_loader_of_ones_own_runs_it() {
    for version in VERSIONS {
        for level in ["-O0", "-O2"] {
            let app = App::compile(version, "echo.c", &[level, "-sSTANDALONE_WASM"]).expect("an app");
            let (wasm, host) = (app.path("out.wasm"), app.path("host.js"));
            let outcome = retrofit::retrofit(&app.path("app.wasm"), &wasm, &[OsStr::new("--host"), host.as_os_str()]);
            let outcome = outcome.expect("the command runs");
            assert_eq!(outcome.end, End::Exit(0), "{}", outcome.errors());

            let peers = Peers::start().expect("peers");
            let mut command = app.node().expect("node");
            command.arg(place::driver("loader.cjs")).args([&host, &wasm]);
            command.arg(peers.ports()[0].to_string());
            let ran = process::run(&mut command, LIMIT).expect("node runs");
            assert_eq!(
                ran.output(),
                "fd 3: there and back\n",
                "{version} {level}: {}",
                ran.errors()
            );
            assert_eq!(ran.end, End::Exit(4));
        }
    }
}

#[test]
fn a_pipe_gives_the_same_bytes_as_files() {
    let app = App::compile("3.1.6", "echo.c", &["-O2", "-sSTANDALONE_WASM"]).expect("an app");
    let (wasm, host, piped_host) = (app.path("out.wasm"), app.path("host.js"), app.path("piped.js"));
    let outcome = retrofit::retrofit(&app.path("app.wasm"), &wasm, &[OsStr::new("--host"), host.as_os_str()]);
    assert_eq!(outcome.expect("the command runs").end, End::Exit(0));

    let mut command = Command::new(retrofit::executable().expect("the command under test"));
    command.args(["retrofit", "-", "-o", "-", "--host"]).arg(&piped_host);
    let input = fs::read(app.path("app.wasm")).expect("a wasm");
    let piped = process::run_with_input(&mut command, input, retrofit::LIMIT).expect("the command runs");
    assert_eq!(piped.end, End::Exit(0), "{}", piped.errors());
    assert!(piped.stdout == fs::read(&wasm).expect("a wasm"), "the wasm differs");
    assert_eq!(fs::read(&piped_host).expect("a host"), fs::read(&host).expect("a host"));
}
