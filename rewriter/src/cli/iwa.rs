//! `iwa`: the retrofitted program in, the folder of an app out.

use super::args::{IwaArgs, Place};
use super::{DONE, about, name, usage_error, warn};
use crate::files::Input;
use crate::iwa::serve::Server;
use crate::iwa::{self, Key, Program, Request, Xterm, bundle, chromium};
use crate::output::Output;
use anyhow::{Context, bail};
use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

pub(super) fn iwa(args: &IwaArgs) -> anyhow::Result<u8> {
    let version = args
        .version
        .parse()
        .unwrap_or_else(|error| usage_error(&format!("--version {error}")));
    let input = Input::load(&args.app, args.wasm.as_deref())?;
    let program = Program::of(&input).map_err(|error| match error {
        iwa::Error::Retrofit(error) => about(&input, error),
        other => anyhow::anyhow!("{}: {other}", name(&args.app)),
    })?;
    for warning in &program.warnings {
        warn(warning);
    }
    let xterm = match &args.xterm {
        Some(none) if none.as_os_str() == "none" => None,
        Some(folder) => Some(folder.clone()),
        None => Xterm::near(&args.app),
    };
    let xterm = xterm.map(|folder| Xterm::read(&folder)).transpose()?;
    let request = Request {
        name: args.name.clone().unwrap_or_else(|| program.name.clone()),
        version,
        place: match args.place {
            Place::Worker => iwa::Place::Worker,
            Place::Window => iwa::Place::Window,
        },
        xterm,
    };
    iwa::check_folder(&args.output).with_context(|| name(&args.output))?;
    let app = iwa::app(&program, &request)?;
    let mut text = format!(
        "{}: wrote {} files of the app \"{}\"\n",
        args.output.display(),
        app.paths().count(),
        request.name
    );
    if request.xterm.is_none() && args.xterm.is_none() {
        text += "  its terminal is plain text: `npm install @xterm/xterm` beside the program, or --xterm DIR, lets xterm.js draw it\n";
    }
    let server = match (args.serve, args.run) {
        (None, false) => None,
        (port, _) => Some(Server::bind(port.unwrap_or(0), app.contents()).context("--serve")?),
    };
    let chromium = args.run.then(|| chromium::find(args.chromium.as_deref())).transpose()?;
    let mut others = Output::default();
    if let Some(file) = &args.bundle {
        text += &add_bundle(args, file, &app.contents(), &mut others)?;
    }
    app.commit_folder(&args.output, others)?;
    std::io::stdout().lock().write_all(text.as_bytes())?;
    match server {
        Some(server) => serve(server, chromium, &request.name, &iwa::query(&args.arguments)),
        None => Ok(DONE),
    }
}

/// Signs the app; answers what is to be said of it.
fn add_bundle(
    args: &IwaArgs,
    file: &Path,
    app: &BTreeMap<String, Vec<u8>>,
    output: &mut Output,
) -> anyhow::Result<String> {
    if file.extension().is_none_or(|extension| extension != "swbn") {
        usage_error("--bundle: the name of a signed web bundle ends in .swbn");
    }
    let key_file = args.key.clone().unwrap_or_else(|| file.with_extension("pem"));
    for file in [file, &key_file] {
        outside(file, &args.output)?;
    }
    let (key, made) = match fs::read_to_string(&key_file) {
        Ok(text) => (Key::from_pem(&text).with_context(|| name(&key_file))?, false),
        Err(error) if error.kind() == ErrorKind::NotFound => (Key::generate()?, true),
        Err(error) => return Err(error).with_context(|| name(&key_file)),
    };
    output.add(file, bundle::signed(app, &key)?, None);
    let mut text = format!(
        "{}: wrote the signed bundle of isolated-app://{}/\n",
        name(file),
        key.id()
    );
    if made {
        output.add_secret(&key_file, key.to_pem()?)?;
        text += &format!(
            "{}: made its key; keep it, and keep it secret: updates of the app are signed with it\n",
            name(&key_file)
        );
    }
    Ok(text)
}

/// Refuses a file in the folder of the app, which the next run replaces.
fn outside(file: &Path, folder: &Path) -> anyhow::Result<()> {
    let parent = match file.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let parent = parent.canonicalize().with_context(|| name(file))?;
    if folder.canonicalize().is_ok_and(|folder| parent.starts_with(folder)) {
        bail!(
            "{}: {} is replaced as a whole; name another place",
            name(file),
            folder.display()
        );
    }
    Ok(())
}

/// Serves the app until Chromium is closed, or, without Chromium, until the command is ended.
fn serve(server: Server, chromium: Option<PathBuf>, app: &str, query: &str) -> anyhow::Result<u8> {
    let address = server.address()?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "serving it at http://{address}/")?;
    let Some(chromium) = chromium else {
        writeln!(
            out,
            "install it:  chromium --enable-features={} --install-isolated-web-app-from-url=http://{address}/\n\
             then open it from chrome://apps; its page is /index.html{query}",
            chromium::FEATURES
        )?;
        return Err(server.run().into());
    };
    writeln!(out, "starting {}", chromium.display())?;
    std::thread::spawn(move || server.run());
    chromium::run(chromium, app, address, query)?;
    Ok(DONE)
}
