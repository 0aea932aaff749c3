//! `iwa`: the retrofitted program in, the folder of an app out.

use super::args::{IwaArgs, Place};
use super::{DONE, about, name, usage_error, warn};
use crate::files::Input;
use crate::iwa::{self, Program, Request};
use anyhow::Context;
use std::io::Write;

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
    app.commit_folder(&args.output)?;
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(DONE)
}
