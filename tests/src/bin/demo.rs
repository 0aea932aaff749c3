//! The demo: one C program, built for Linux and for wasm, each asking real servers on loopback, side by side.

use anyhow::{Context, Result, bail};
use direct_sockets_tests::node::{self, Start};
use direct_sockets_tests::peers::Peers;
use direct_sockets_tests::process::{self, End, Outcome};
use direct_sockets_tests::toolchain::{DEFAULT, Toolchain};
use direct_sockets_tests::{native, place, retrofit, web};
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

/// No run of the demo takes longer.
const LIMIT: Duration = Duration::from_secs(20);

/// How wide the left column is.
const WIDTH: usize = 64;

fn main() -> Result<ExitCode> {
    let folder = place::target().join("demo");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(folder.join("www"))?;
    let page: String = (0..20_000).map(|line| format!("line {line} of a page\n")).collect();
    fs::write(folder.join("www/page.txt"), page)?;

    title("1. A C program that knows sockets, and nothing else: tests/programs/http.c");
    let source = place::program("http.c");
    let (linux, app) = (folder.join("http"), folder.join("http.js"));
    native::compile(&source, &[], &linux)?;
    println!("gcc  -O1 http.c -o http       {:>7} bytes", size(&linux)?);
    let emcc = Toolchain::find(DEFAULT)?;
    if let Err(refusal) = emcc.compile(&source, &["-O2"], &app)? {
        bail!("emcc: {}", refusal.text);
    }
    println!(
        "emcc -O2 http.c -o http.js    {:>7} bytes and {} of wasm",
        size(&app)?,
        size(&app.with_extension("wasm"))?
    );

    title("2. wasm-direct-sockets retrofit http.js -o real/http.js");
    let out = folder.join("real/http.js");
    fs::create_dir(folder.join("real"))?;
    let report = retrofit::retrofit(&app, &out, &[])?;
    print!("{}{}", report.output(), report.errors());
    if report.end != End::Exit(0) {
        bail!("the retrofit ended with {}", report.end);
    }

    let peers = Peers::start()?;
    let nginx = web::nginx(&folder.join("www")).context("nginx")?;
    let python = web::python(&folder.join("www")).context("python3 -m http.server")?;
    let mut equal = true;
    for (name, port) in [("nginx", nginx.port), ("python3 -m http.server", python.port)] {
        title(&format!(
            "3. Against {name} on port {port} and a UDP echo on port {}",
            peers.udp_echo()
        ));
        let arguments = [
            "localhost".into(),
            port.to_string(),
            "/page.txt".into(),
            peers.udp_echo().to_string(),
        ];
        let linux = process::run(Command::new(&linux).args(&arguments), LIMIT)?;
        let wasm = process::run(&mut node::command(&out, Start::Script, DEFAULT, &arguments)?, LIMIT)?;
        side_by_side(
            ("built for Linux", &linux),
            ("built by emcc, retrofitted, in node", &wasm),
        );
        equal &= linux.stdout == wasm.stdout && linux.end == wasm.end && linux.end == End::Exit(0);
    }
    title("4. And without the retrofit");
    let arguments = [
        "localhost".into(),
        nginx.port.to_string(),
        "/page.txt".into(),
        peers.udp_echo().to_string(),
    ];
    let stock = process::run(&mut node::command(&app, Start::Script, DEFAULT, &arguments)?, LIMIT)?;
    let said = stock.output() + &stock.errors();
    for line in said
        .lines()
        .filter(|line| line.len() < 200 && !line.trim_start().starts_with("at "))
        .take(6)
    {
        println!("{line}");
    }
    println!("({})\n", stock.end);
    println!("{}", if equal { "Both got the same." } else { "THEY DIFFER." });
    Ok(if equal { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn title(text: &str) {
    println!("\n\x1b[1m{text}\x1b[0m");
}

fn size(path: &Path) -> Result<u64> {
    Ok(fs::metadata(path)?.len())
}

fn side_by_side(left: (&str, &Outcome), right: (&str, &Outcome)) {
    let lines = |(name, outcome): (&str, &Outcome)| {
        let mut lines = vec![name.to_owned(), "-".repeat(name.len())];
        let said = outcome.output() + &outcome.errors();
        lines.extend(said.lines().map(|line| line.chars().take(WIDTH - 2).collect()));
        lines.push(format!("({})", outcome.end));
        lines
    };
    let (left, right) = (lines(left), lines(right));
    for index in 0..left.len().max(right.len()) {
        let line = |side: &[String]| side.get(index).cloned().unwrap_or_default();
        println!("{:WIDTH$}| {}", line(&left), line(&right));
    }
}
