//! The folder that `iwa` writes, and what it refuses. Whether it runs is for tests with a browser.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A program in a folder of its own.
struct Place(tempfile::TempDir);

impl Place {
    /// The glue of a plain script, retrofitted in `out/`.
    fn retrofitted() -> Place {
        Self::retrofitted_with("")
    }

    /// The same, with more at its end.
    fn retrofitted_with(more: &str) -> Place {
        let place = Place(tempfile::tempdir().expect("a folder"));
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
        let glue = fs::read_to_string(sources.join("glue/script-3.1.6.js")).expect("the glue");
        fs::write(
            place.path("app.js"),
            format!("{glue}\nvar PACKAGE=\"app.data\";\nvar quit_=(status,toThrow)=>{{throw toThrow}};\n{more}"),
        )
        .expect("written");
        fs::copy(sources.join("programs/emcc-3.1.6-O0.wasm"), place.path("app.wasm")).expect("copied");
        fs::create_dir(place.path("out")).expect("a folder");
        let (app, wasm) = (place.path("app.js"), place.path("app.wasm"));
        let done = command([
            "retrofit".as_ref(),
            app.as_ref(),
            "--wasm".as_ref(),
            wasm.as_ref(),
            "-o".as_ref(),
            place.path("out/app.js").as_ref(),
        ]);
        assert!(done.status.success(), "{}", text(&done.stderr));
        fs::write(place.path("out/app.data"), "data").expect("written");
        fs::write(place.path("out/unrelated.txt"), "").expect("written");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn iwa(&self, arguments: &[&str]) -> Output {
        let program = self.path("out/app.js");
        let mut all: Vec<&std::ffi::OsStr> = vec!["iwa".as_ref(), program.as_ref()];
        all.extend(arguments.iter().map(std::ffi::OsStr::new));
        Command::new(env!("CARGO_BIN_EXE_wasm-direct-sockets"))
            .args(all)
            .current_dir(self.0.path())
            .output()
            .expect("the command")
    }

    fn files(&self, folder: &str) -> Vec<String> {
        let mut files = Vec::new();
        let mut folders = vec![self.path(folder)];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(next).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let inner = path.strip_prefix(self.path(folder)).expect("inside");
                    files.push(inner.to_str().expect("text").to_owned());
                }
            }
        }
        files.sort();
        files
    }
}

fn command<const N: usize>(arguments: [&std::ffi::OsStr; N]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wasm-direct-sockets"))
        .args(arguments)
        .output()
        .expect("the command")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

#[test]
fn xterm_comes_from_where_it_is_told_or_near() {
    let place = Place::retrofitted();
    let drawn = |app: &str| fs::read_to_string(place.path(app).join("terminal/program.json")).expect("a file");
    let done = place.iwa(&["-o", "plain"]);
    assert!(text(&done.stdout).contains("--xterm DIR"), "{}", text(&done.stdout));
    assert!(drawn("plain").contains("\"xterm\": false"));
    // Another package, and none.
    fs::create_dir_all(place.path("other/lib")).expect("made");
    fs::write(place.path("other/lib/xterm.mjs"), "export {};").expect("written");
    for (folder, file) in [("other", "css/xterm.css"), ("none there", "lib/xterm.mjs")] {
        let done = place.iwa(&["-o", "refused", "--xterm", folder]);
        let said = text(&done.stderr);
        assert_eq!(done.status.code(), Some(1), "{said}");
        assert!(
            said.contains(&format!("{folder}: this is not npm's @xterm/xterm")) && said.contains(file),
            "{said}"
        );
        assert!(!place.path("refused").exists());
    }
    let package = place.path("node_modules/@xterm/xterm");
    for folder in ["lib", "css"] {
        fs::create_dir_all(package.join(folder)).expect("made");
    }
    for file in ["lib/xterm.mjs", "css/xterm.css", "LICENSE"] {
        fs::write(package.join(file), file).expect("written");
    }
    let done = place.iwa(&["-o", "near"]);
    assert!(!text(&done.stdout).contains("--xterm"), "{}", text(&done.stdout));
    assert!(drawn("near").contains("\"xterm\": true"));
    for (from, to) in [
        ("lib/xterm.mjs", "xterm.mjs"),
        ("css/xterm.css", "xterm.css"),
        ("LICENSE", "LICENSE"),
    ] {
        let copied = fs::read_to_string(place.path("near/terminal/xterm").join(to)).expect("copied");
        assert_eq!(copied, from);
    }
    place.iwa(&["-o", "near", "--xterm", "none"]);
    assert!(drawn("near").contains("\"xterm\": false") && !place.path("near/terminal/xterm").exists());
}

#[test]
fn writes_a_whole_app_and_replaces_it() {
    let place = Place::retrofitted();
    for (version, name) in [("1.2", "A <b> & \"c\""), ("1.3", "again")] {
        let done = place.iwa(&["-o", "apps/app", "--name", name, "--version", version]);
        assert!(done.status.success(), "{}", text(&done.stderr));
        assert_eq!(
            place.files("apps"),
            [
                "app/.well-known/manifest.webmanifest",
                "app/index.html",
                "app/program/app.data",
                "app/program/app.js",
                "app/program/app.wasm",
                "app/terminal/icon-192.png",
                "app/terminal/icon-512.png",
                "app/terminal/page.js",
                "app/terminal/program.json",
                "app/terminal/run.js",
                "app/terminal/screen.js",
                "app/terminal/style.css",
                "app/terminal/view.js",
                "app/terminal/worker.js",
            ]
        );
        let read = |file: &str| fs::read_to_string(place.path("apps/app").join(file)).expect("a file");
        let manifest: serde_json::Value =
            serde_json::from_str(&read(".well-known/manifest.webmanifest")).expect("JSON");
        assert_eq!(
            (&manifest["name"], &manifest["version"]),
            (&name.into(), &version.into())
        );
        assert_eq!(manifest["permissions_policy"]["direct-sockets"][0], "self");
        assert!(!read("index.html").contains("{{NAME}}") && !read("index.html").contains("<b>"));
        for script in read("index.html").split("<script").skip(1) {
            assert!(
                script.contains("src=\"/terminal/") && script.contains("></script>"),
                "inline: {script}"
            );
        }
        let program: serde_json::Value = serde_json::from_str(&read("terminal/program.json")).expect("JSON");
        assert!(read("program/app.js").contains("var quit_=((status,reason)=>{Module[\"quit\"]?.(status,reason);("));
        assert!(!text(&done.stderr).contains("warning"), "{}", text(&done.stderr));
        assert_eq!(
            (&program["script"], &program["where"]),
            (&"/program/app.js".into(), &"worker".into())
        );
    }
}

#[test]
fn what_the_policy_forbids_is_told() {
    let place =
        Place::retrofitted_with("function run(text){eval(text)}\nfunction make(text){return new Function(text)}\n");
    let done = place.iwa(&["-o", "app"]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    let told = "column 20: eval() (and 1 more, which `inspect` lists): an app's policy forbids it";
    assert!(text(&done.stderr).contains(told), "{}", text(&done.stderr));
}

#[test]
fn what_is_refused_leaves_nothing() {
    let place = Place::retrofitted();
    fs::create_dir(place.path("full")).expect("a folder");
    fs::write(place.path("full/mine"), "").expect("written");
    let refused = |arguments: &[&str], status: i32, reason: &str| {
        let done = place.iwa(arguments);
        assert_eq!(done.status.code(), Some(status), "{arguments:?}");
        assert!(
            text(&done.stderr).contains(reason),
            "{arguments:?}: {}",
            text(&done.stderr)
        );
    };
    refused(&["-o", "full"], 1, "name another folder");
    refused(&["-o", "out/app.js"], 1, "out/app.js");
    refused(&["-o", "out/app.js/x"], 1, "out/app.js");
    refused(&["-o", "app", "--version", "1.0-beta"], 2, "one to four numbers");
    refused(
        &["-o", "app", "--run", "--chromium", "no/such/chromium"],
        1,
        "no/such/chromium",
    );
    fs::write(
        place.path("out/app.wasm"),
        fs::read(place.path("app.wasm")).expect("the original"),
    )
    .expect("written");
    refused(&["-o", "app"], 1, "not retrofitted");
    assert_eq!(place.files("full"), ["mine"]);
    assert!(!place.path("app").exists());
    let left = fs::read_dir(place.0.path()).expect("a folder").count();
    assert_eq!(left, 4, "app.js, app.wasm, out, full");
}

#[test]
fn a_bundle_keeps_its_key() {
    let place = Place::retrofitted();
    let identity = || {
        let done = place.iwa(&["-o", "app", "--bundle", "app.swbn"]);
        assert!(done.status.success(), "{}", text(&done.stderr));
        let said = text(&done.stdout).to_owned();
        let (_, rest) = said.split_once("isolated-app://").expect("an origin");
        (rest[..56].to_owned(), said.contains("app.pem: made its key"))
    };
    let (first, made) = identity();
    let bytes = fs::read(place.path("app.swbn")).expect("the bundle");
    let key = fs::read_to_string(place.path("app.pem")).expect("the key");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |file: &str| fs::metadata(place.path(file)).expect("a file").permissions().mode() & 0o077;
        assert_eq!(mode("app.pem"), 0);
        assert_ne!(mode("app.swbn"), 0);
    }
    assert!(made && identity() == (first, false));
    assert_eq!(
        fs::read(place.path("app.swbn")).expect("the bundle"),
        bytes,
        "the same input, the same bytes"
    );
    assert_eq!(fs::read_to_string(place.path("app.pem")).expect("the key"), key);
}

#[test]
fn a_bundle_that_is_refused_leaves_nothing() {
    let place = Place::retrofitted();
    fs::write(place.path("bad.pem"), "no key").expect("written");
    fs::create_dir_all(place.path("folder.swbn")).expect("a folder");
    for (arguments, status, reason) in [
        (["--bundle", "app.zip", "--key", "new.pem"], 2, "ends in .swbn"),
        (["--bundle", "app.swbn", "--key", "bad.pem"], 1, "openssl genpkey"),
        (["--bundle", "app.swbn", "--key", "no/new.pem"], 1, "no/new.pem"),
        (["--bundle", "no/app.swbn", "--key", "new.pem"], 1, "no/app.swbn"),
        (["--bundle", "folder.swbn", "--key", "new.pem"], 1, "folder.swbn"),
    ] {
        let done = place.iwa(&[&["-o", "app"], &arguments[..]].concat());
        assert_eq!(done.status.code(), Some(status), "{arguments:?}");
        assert!(
            text(&done.stderr).contains(reason),
            "{arguments:?}: {}",
            text(&done.stderr)
        );
    }
    assert_eq!(
        place.iwa(&["-o", "app", "--key", "new.pem"]).status.code(),
        Some(2),
        "a key for no bundle"
    );
    assert!(!place.path("app").exists() && !place.path("app.swbn").exists() && !place.path("new.pem").exists());
    assert!(place.iwa(&["-o", "app"]).status.success());
    let inside = place.iwa(&["-o", "app", "--bundle", "app.swbn", "--key", "app/key.pem"]);
    assert!(!inside.status.success() && text(&inside.stderr).contains("replaced as a whole"));
}
