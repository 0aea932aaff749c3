//! The manual pages and the completions: complete, and what the tools that read them take.

use std::io::Write;
use std::process::{Command, Stdio};

fn printed(arguments: &[&str]) -> String {
    let done = Command::new(env!("CARGO_BIN_EXE_wasm-direct-sockets"))
        .args(arguments)
        .output()
        .expect("the command");
    assert!(
        done.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8(done.stdout).expect("text")
}

/// What a program says of `input`, which is nothing if it is well.
fn complaints(program: &str, arguments: &[&str], input: &str) -> String {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program}, which scripts/setup installs: {error}"));
    let mut stdin = child.stdin.take().expect("its input");
    stdin.write_all(input.as_bytes()).expect("written");
    drop(stdin);
    let done = child.wait_with_output().expect("its end");
    format!(
        "{}{}",
        String::from_utf8_lossy(&done.stderr),
        if done.status.success() { "" } else { "it failed" }
    )
}

#[test]
fn manual_pages() {
    for (command, says) in [
        (None, "retrofit"),
        (Some("retrofit"), "DIRECT_SOCKETS_ALLOW"),
        (Some("inspect"), "json"),
        (Some("iwa"), "bundle"),
        (Some("emscripten"), "quilt"),
    ] {
        let arguments: Vec<&str> = std::iter::once("man").chain(command).collect();
        let page = printed(&arguments);
        let title = command.map_or("wasm-direct-sockets".to_owned(), |name| {
            format!("wasm-direct-sockets-{name}")
        });
        assert!(page.contains(&format!(".TH {title} 1")), "{page}");
        assert!(page.contains(says), "{page}");
        assert_eq!(
            complaints("groff", &["-man", "-Tutf8", "-ww", "-z"], &page),
            "",
            "{command:?}"
        );
    }
}

#[test]
fn a_page_that_there_is_not() {
    let done = Command::new(env!("CARGO_BIN_EXE_wasm-direct-sockets"))
        .args(["man", "nothing"])
        .output()
        .expect("the command");
    assert_eq!(done.status.code(), Some(2));
    assert!(done.stdout.is_empty());
}

#[test]
fn completions_of_shells() {
    for shell in ["bash", "zsh", "fish"] {
        let text = printed(&["completions", shell]);
        for word in ["retrofit", "emscripten", "import-map"] {
            assert!(text.contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(complaints("bash", &["-n"], &printed(&["completions", "bash"])), "");
}
