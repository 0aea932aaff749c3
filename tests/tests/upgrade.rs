//! A retrofit again: `--upgrade` starts from what was there before the first, or not at all.

use direct_sockets_tests::app::{App, VERSIONS};
use direct_sockets_tests::process::{End, Outcome};
use direct_sockets_tests::retrofit;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// The files of a folder, by name.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut files: Vec<_> = entries
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let bytes = fs::read(&path).expect("a file");
            (path.file_name().expect("a name").into(), bytes)
        })
        .collect();
    files.sort();
    files
}

/// `retrofit out/app.js -o again/app.js`, and what is in `again` then.
fn again(app: &App, more: &[&str]) -> (Outcome, Vec<(PathBuf, Vec<u8>)>) {
    let folder = app.path("again");
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("removed");
    }
    fs::create_dir(&folder).expect("a folder");
    let more: Vec<&OsStr> = more.iter().map(OsStr::new).collect();
    let outcome = retrofit::retrofit(&app.out(), &folder.join("app.js"), &more).expect("the command runs");
    (outcome, files(&folder))
}

/// Refused, with these words, and nothing written.
#[track_caller]
fn assert_refused((outcome, written): (Outcome, Vec<(PathBuf, Vec<u8>)>), words: &str) {
    let said = outcome.errors();
    assert_eq!(outcome.end, End::Exit(1), "{said}");
    assert!(said.contains(words), "{words} not in: {said}");
    assert!(written.is_empty(), "{said}");
}

#[test]
fn an_upgrade_gives_what_a_retrofit_of_the_original_gives() {
    for version in VERSIONS {
        for flags in [
            &["-O0"][..],
            &["-O3"],
            &["-O2", "-sSINGLE_FILE"],
            &["-O2", "-sMODULARIZE"],
        ] {
            let app = App::compile(version, "echo.c", flags).expect("an app");
            app.retrofit(&[]).expect("retrofitted");
            let first = files(&app.path("out"));
            let (outcome, upgraded) = again(&app, &["--upgrade"]);
            assert_eq!(outcome.end, End::Exit(0), "{version} {flags:?}: {}", outcome.errors());
            assert!(first == upgraded, "{version} {flags:?}: other bytes");
            assert_refused(again(&app, &[]), "--upgrade");
        }
    }
}

#[test]
fn an_upgrade_of_replaced_stubs_gives_the_same() {
    for version in VERSIONS {
        for flags in [&["-O0"][..], &["-O1"], &["-O1", "-sSTANDALONE_WASM"], &["-O1", "-g"]] {
            let app = App::compile(version, "stubs.c", flags).expect("an app");
            let retrofitted = app.retrofit(&[]).expect("retrofitted").output();
            assert!(
                *version == "6.0.5" || retrofitted.contains("stubs made real"),
                "{version} {flags:?}: {retrofitted}"
            );
            let first = files(&app.path("out"));
            let (outcome, upgraded) = again(&app, &["--upgrade"]);
            assert_eq!(outcome.end, End::Exit(0), "{version} {flags:?}: {}", outcome.errors());
            assert!(first == upgraded, "{version} {flags:?}: other bytes");
        }
    }
}

#[test]
fn an_upgrade_keeps_the_settings_and_exports_or_takes_new_ones() {
    let app = App::compile("3.1.6", "library.c", &["-O2", "--no-entry"]).expect("an app");
    let given = ["--promising", "talk", "-s", "DIRECT_SOCKETS_RCVBUF=123456"];
    app.retrofit(&given).expect("retrofitted");
    let first = files(&app.path("out"));
    let (_, upgraded) = again(&app, &["--upgrade"]);
    assert!(first == upgraded);
    // Other settings: what a retrofit of the original with them gives.
    let (outcome, changed) = again(
        &app,
        &["--upgrade", "--promising", "say", "-s", "DIRECT_SOCKETS_RCVBUF=65536"],
    );
    assert_eq!(outcome.end, End::Exit(0), "{}", outcome.errors());
    app.retrofit(&["--promising", "say", "-s", "DIRECT_SOCKETS_RCVBUF=65536"])
        .expect("retrofitted");
    assert!(changed == files(&app.path("out")));
    assert!(changed != first);
}

#[test]
fn what_was_edited_since_is_refused() {
    for flags in [&["-O2"][..], &["-O2", "-sSINGLE_FILE"]] {
        let app = App::compile("3.1.6", "echo.c", flags).expect("an app");
        app.retrofit(&[]).expect("retrofitted");
        let glue = fs::read_to_string(app.out()).expect("a glue");
        for edited in [format!("{glue}// mine\n"), format!("// mine\n{glue}")] {
            fs::write(app.out(), edited).expect("written");
            assert_refused(again(&app, &["--upgrade"]), "changed");
        }
    }
    let app = App::compile("3.1.6", "echo.c", &["-O2"]).expect("an app");
    app.retrofit(&[]).expect("retrofitted");
    let path = app.path("out").join("app.wasm");
    let mut wasm = fs::read(&path).expect("a wasm");
    // An empty custom section at its end.
    wasm.extend([0, 2, 1, b'x']);
    fs::write(&path, wasm).expect("written");
    assert_refused(again(&app, &["--upgrade"]), "changed");
}

#[test]
fn an_upgrade_of_something_else_is_refused() {
    let app = App::compile("3.1.6", "echo.c", &["-O2"]).expect("an app");
    fs::create_dir(app.path("out")).expect("a folder");
    for name in ["app.js", "app.wasm"] {
        fs::copy(app.path(name), app.path("out").join(name)).expect("copied");
    }
    assert_refused(again(&app, &["--upgrade"]), "not retrofitted");
}
