//! What is refused: with exit code 1, a message that says why, and nothing written. And the manners of the
//! command line.
//!
//! Needs emcc and the command under test; without them these tests fail, and say so.

use direct_sockets_tests::process::{self, End, Outcome};
use direct_sockets_tests::toolchain::{DEFAULT, Toolchain};
use direct_sockets_tests::{place, retrofit};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A folder with an app in it.
struct App {
    folder: TempDir,
}

impl App {
    fn compile(program: &str, flags: &[&str]) -> App {
        App::compile_with(DEFAULT, program, flags)
    }

    fn compile_with(version: &str, program: &str, flags: &[&str]) -> App {
        let folder = tempfile::tempdir().expect("a folder");
        let toolchain = Toolchain::find(version).expect("an Emscripten");
        let flags = [&["-O2"], flags].concat();
        let compiled = toolchain.compile(&place::program(program), &flags, &folder.path().join("app.js"));
        compiled
            .expect("emcc runs")
            .unwrap_or_else(|refusal| panic!("emcc {flags:?}: {}", refusal.text));
        App { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn out(&self) -> PathBuf {
        let out = self.path("out");
        fs::create_dir_all(&out).expect("a folder");
        out.join("app.js")
    }

    fn retrofit(&self, more: &[&str]) -> Outcome {
        let more: Vec<&OsStr> = more.iter().map(OsStr::new).collect();
        retrofit::retrofit(&self.path("app.js"), &self.out(), &more).expect("the command runs")
    }

    fn written(&self) -> Vec<String> {
        files(&self.path("out"))
    }
}

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect()
}

/// Refused for a reason that holds one of these words, and nothing written.
#[track_caller]
fn assert_refused(app: &App, outcome: &Outcome, words: &[&str]) {
    let said = outcome.errors();
    assert_eq!(outcome.end, End::Exit(1), "{said}");
    assert!(
        words
            .iter()
            .any(|word| said.to_lowercase().contains(&word.to_lowercase())),
        "{words:?} not in: {said}"
    );
    assert!(!said.contains("panicked"), "{said}");
    assert_eq!(app.written(), Vec::<String>::new());
}

#[test]
fn pthreads() {
    let app = App::compile("http.c", &["-pthread"]);
    assert_refused(&app, &app.retrofit(&[]), &["pthread"]);
}

#[test]
fn main_modules() {
    for flag in ["-sMAIN_MODULE", "-sMAIN_MODULE=2"] {
        let app = App::compile("http.c", &[flag]);
        assert_refused(&app, &app.retrofit(&[]), &["MAIN_MODULE", "dynamic linking"]);
    }
}

#[test]
fn sockets_proxied_to_a_server() {
    let flags = [
        "-lwebsocket.js",
        "-sPROXY_POSIX_SOCKETS",
        "-pthread",
        "-sPROXY_TO_PTHREAD",
    ];
    let app = App::compile("http.c", &flags);
    assert_refused(&app, &app.retrofit(&[]), &["PROXY_POSIX_SOCKETS", "pthread"]);
}

#[test]
fn no_wasm() {
    let app = App::compile("http.c", &["-sWASM=0"]);
    assert_refused(&app, &app.retrofit(&[]), &["WASM=0", "no wasm"]);
}

#[test]
fn closure_without_names() {
    let app = App::compile("http.c", &["-O3", "--closure=1"]);
    assert_refused(&app, &app.retrofit(&[]), &["--import-map"]);
}

#[test]
fn no_sockets() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("hello.c");
    fs::write(
        &source,
        "#include <stdio.h>\nint main(void) { return puts(\"hello\") < 0; }\n",
    )
    .expect("a file");
    let toolchain = Toolchain::find(DEFAULT).expect("an Emscripten");
    let app = App { folder };
    let compiled = toolchain.compile(&source, &["-O2"], &app.path("app.js"));
    compiled.expect("emcc runs").expect("emcc takes it");
    assert_refused(&app, &app.retrofit(&[]), &["socket"]);
}

#[test]
fn no_file() {
    let app = App {
        folder: tempfile::tempdir().expect("a folder"),
    };
    assert_refused(&app, &app.retrofit(&[]), &["app.js"]);
}

#[test]
fn a_wasm_that_is_broken() {
    let app = App::compile("http.c", &[]);
    let bytes = fs::read(app.path("app.wasm")).expect("a wasm");
    // 8 bytes would be a module, if an empty one.
    for length in [0, 7, 9, 100, bytes.len() / 2, bytes.len() - 1] {
        fs::write(app.path("app.wasm"), &bytes[..length]).expect("a file");
        assert_refused(&app, &app.retrofit(&[]), &["app.wasm"]);
    }
}

#[test]
fn a_glue_that_is_none() {
    let app = App::compile("http.c", &[]);
    for text in ["", "console.log('hello')\n", "var a = (\n"] {
        fs::write(app.path("app.js"), text).expect("a file");
        assert_refused(&app, &app.retrofit(&[]), &["app.js"]);
    }
}

#[test]
fn a_second_retrofit_is_refused_and_an_upgrade_is_done() {
    let app = App::compile("http.c", &[]);
    let done = app.retrofit(&[]);
    assert_eq!(done.end, End::Exit(0), "{}", done.errors());
    let again = tempfile::tempdir().expect("a folder");
    let out = again.path().join("app.js");
    let refused = retrofit::retrofit(&app.out(), &out, &[]).expect("the command runs");
    assert_eq!(refused.end, End::Exit(1), "{}", refused.errors());
    assert!(refused.errors().contains("--upgrade"), "{}", refused.errors());
    assert_eq!(files(again.path()), Vec::<String>::new());

    let upgraded = retrofit::retrofit(&app.out(), &out, &[OsStr::new("--upgrade")]).expect("the command runs");
    assert_eq!(upgraded.end, End::Exit(0), "{}", upgraded.errors());
    // The same version and settings: what comes out is what was there.
    for name in app.written() {
        let (first, second) = (
            fs::read(app.path("out").join(&name)),
            fs::read(again.path().join(&name)),
        );
        assert!(first.expect("a file") == second.expect("a file"), "{name} differs");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let app = App::compile("http.c", &[]);
    assert_eq!(app.retrofit(&[]).end, End::Exit(0));
    let read = || {
        app.written()
            .iter()
            .map(|name| fs::read(app.path("out").join(name)).expect("a file"))
            .collect::<Vec<_>>()
    };
    let first = read();
    assert_eq!(app.retrofit(&[]).end, End::Exit(0));
    assert!(first == read());
}

#[test]
fn a_dry_run_writes_nothing_and_a_diff_shows_the_glue() {
    let app = App::compile("http.c", &["-g2"]);
    let outcome = app.retrofit(&["--dry-run"]);
    assert_eq!(outcome.end, End::Exit(0), "{}", outcome.errors());
    assert_eq!(app.written(), Vec::<String>::new());
    let outcome = app.retrofit(&["--dry-run", "--diff"]);
    assert_eq!(outcome.end, End::Exit(0), "{}", outcome.errors());
    assert!(outcome.output().contains("\n@@ "), "{}", outcome.output());
}

#[test]
fn inspect_reads_only_and_tells_it_as_json() {
    let app = App::compile("http.c", &[]);
    let before = files(app.folder.path()).len();
    let outcome = retrofit::run(&[OsStr::new("inspect"), app.path("app.js").as_os_str()]).expect("the command runs");
    assert_eq!(outcome.end, End::Exit(0), "{}", outcome.errors());
    assert!(outcome.output().contains("connect"), "{}", outcome.output());
    let arguments = [
        OsStr::new("inspect"),
        app.path("app.js").as_os_str(),
        OsStr::new("--json"),
    ]
    .map(OsStr::to_owned);
    let outcome = retrofit::run(&arguments).expect("the command runs");
    assert_eq!(outcome.end, End::Exit(0), "{}", outcome.errors());
    let check = process::run_with_input(
        Command::new("python3").args(["-m", "json.tool"]),
        outcome.stdout,
        retrofit::LIMIT,
    );
    let check = check.expect("python3");
    assert_eq!(check.end, End::Exit(0), "{}", check.errors());
    assert_eq!(files(app.folder.path()).len(), before);
}

#[test]
fn wrong_usage() {
    for arguments in [
        &[][..],
        &["retrofit"],
        &["no-such-command"],
        &["retrofit", "a.js", "-o", "b.js", "--no-such-flag"],
    ] {
        let outcome = retrofit::run(arguments).expect("the command runs");
        assert_eq!(outcome.end, End::Exit(2), "{arguments:?}: {}", outcome.errors());
    }
    let outcome = retrofit::run(&["--version"]).expect("the command runs");
    assert_eq!(outcome.end, End::Exit(0));
    assert!(
        outcome.output().starts_with("wasm-direct-sockets "),
        "{}",
        outcome.output()
    );
}

#[test]
fn a_lone_wasm_goes_through_a_pipe() {
    let app = App::compile("http.c", &[]);
    let host = app.path("host.js");
    let wasm = fs::read(app.path("app.wasm")).expect("a wasm");
    let mut command = Command::new(retrofit::executable().expect("the command under test"));
    command.args(["retrofit", "-", "-o", "-", "--host"]).arg(&host);
    let outcome = process::run_with_input(&mut command, wasm.clone(), retrofit::LIMIT).expect("the command runs");
    assert_eq!(outcome.end, End::Exit(0), "{}", outcome.errors());
    assert!(outcome.stdout.starts_with(b"\0asm\x01\0\0\0") && outcome.stdout.len() > wasm.len());
    assert!(host.exists());
}
