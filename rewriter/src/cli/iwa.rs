//! `iwa`: the retrofitted program in, the folder of an app out.

use super::args::{IwaArgs, Place};
use super::{DONE, about, name, usage_error, warn};
use crate::files::Input;
use crate::iwa::serve::Server;
use crate::iwa::{self, Program, Request, chromium};
use anyhow::Context;
use std::io::Write;
use std::path::PathBuf;

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
    let request = Request {
        name: args.name.clone().unwrap_or_else(|| program.name.clone()),
        version,
        place: match args.place {
            Place::Worker => iwa::Place::Worker,
            Place::Window => iwa::Place::Window,
        },
    };
    iwa::check_folder(&args.output).with_context(|| name(&args.output))?;
    let app = iwa::app(&program, &request)?;
    let text = format!(
        "{}: wrote {} files of the app \"{}\"\n",
        args.output.display(),
        app.paths().count(),
        request.name
    );
    let server = match (args.serve, args.run) {
        (None, false) => None,
        (port, _) => Some(Server::bind(port.unwrap_or(0), app.contents()).context("--serve")?),
    };
    let chromium = args.run.then(|| chromium::find(args.chromium.as_deref())).transpose()?;
    app.commit_folder(&args.output)?;
    std::io::stdout().lock().write_all(text.as_bytes())?;
    match server {
        Some(server) => serve(server, chromium, &request.name, &iwa::query(&args.arguments)),
        None => Ok(DONE),
    }
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
