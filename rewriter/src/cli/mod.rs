//! The command: what is typed, what is shown. What is done is the library's.

mod args;
mod diff;
mod report;

use crate::files::{Input, is_standard_stream};
use crate::glue::{
    self,
    symbols::{self, SymbolMap},
};
use crate::output::Output;
use crate::plan::Wishes;
use crate::retrofit::{self, Glue, Options};
use anyhow::Context;
use args::{Action, Command, InputArgs, InspectArgs, RetrofitArgs};
use clap::Parser;
use clap::error::ErrorKind;
use direct_sockets_settings::Settings;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

/// Done.
const DONE: u8 = 0;
/// Refused; nothing was written.
const REFUSED: u8 = 1;

/// Runs the command and answers its exit status. Wrong usage ends the process with 2, as clap does.
#[must_use]
pub fn run() -> ExitCode {
    let done = match Command::parse().action {
        Action::Retrofit(args) => retrofit(&args),
        Action::Inspect(args) => inspect(&args),
    };
    match done {
        Ok(status) => ExitCode::from(status),
        // The reader of a pipe went away: nobody is left to tell.
        Err(error) if is_broken_pipe(&error) => ExitCode::from(DONE),
        Err(error) => {
            eprintln!("wasm-direct-sockets: {error:#}");
            ExitCode::from(REFUSED)
        }
    }
}

fn inspect(args: &InspectArgs) -> anyhow::Result<u8> {
    let input = load(&args.input)?;
    let analysis = retrofit::analyse(&input.program, &wishes(&args.input)?).with_context(|| name(&input.app))?;
    let mut out = std::io::stdout().lock();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &report::inspect_json(&input, &analysis))?;
        writeln!(out)?;
    } else {
        out.write_all(report::inspect_text(&input, &analysis).as_bytes())?;
    }
    Ok(if analysis.plan.is_ok() { DONE } else { REFUSED })
}

fn retrofit(args: &RetrofitArgs) -> anyhow::Result<u8> {
    let settings = settings(&args.settings);
    let input = load(&args.input)?;
    let lone = input.program.glue.is_none();
    check_usage(args, lone);
    let target = args.output.as_deref().and_then(|output| input.wasm_target(output));
    let mut options = Options {
        wishes: wishes(&args.input)?,
        settings,
        wasm_name: target.as_ref().and_then(|(_, name)| name.clone()),
    };
    let restored;
    let program = if args.upgrade {
        restored = retrofit::restore(&input.program, &mut options).with_context(|| name(&input.app))?;
        &restored
    } else {
        &input.program
    };
    let done = retrofit::retrofit(program, &options).with_context(|| name(&input.app))?;
    for warning in &done.warnings {
        eprintln!("wasm-direct-sockets: warning: {warning}");
    }
    let to_stdout = args.output.as_deref().is_some_and(is_standard_stream);
    let mut text = report::retrofit_text(&input.app, program, &done);
    if let (true, Some(Glue { source: old, .. }), Some(new)) = (args.diff, &program.glue, &done.glue) {
        let new_name = args.output.as_deref().unwrap_or(&input.app);
        text.push_str(&diff::unified(&name(&input.app), &name(new_name), old, new));
    }

    let mut output = Output::default();
    match (&args.output, &done.glue) {
        (Some(path), Some(text)) => {
            output.add(path, text.as_bytes(), Some(&input.app));
            if let (Some((path, _)), Some(like)) = (&target, &input.wasm) {
                output.add(path, done.wasm.as_slice(), Some(like));
            }
        }
        (Some(path), None) if !to_stdout => output.add(path, done.wasm.as_slice(), Some(&input.app)),
        _ => {}
    }
    if let Some(path) = &args.host {
        output.add(
            path,
            glue::host_script(&retrofit::host_options(&done.plan, &options.settings)),
            None,
        );
    }
    if !args.dry_run {
        for path in output.paths() {
            text.push_str(&format!("  wrote {}\n", path.display()));
        }
        output.commit()?;
    }
    if to_stdout && !args.dry_run {
        std::io::stdout().lock().write_all(&done.wasm)?;
        eprint!("{text}");
    } else {
        std::io::stdout().lock().write_all(text.as_bytes())?;
    }
    Ok(DONE)
}

fn load(args: &InputArgs) -> anyhow::Result<Input> {
    Ok(Input::load(&args.app, args.wasm.as_deref())?)
}

fn wishes(args: &InputArgs) -> anyhow::Result<Wishes> {
    let import_map = match &args.import_map {
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| name(path))?;
            symbols::parse(&text).with_context(|| name(path))?
        }
        None => SymbolMap::default(),
    };
    Ok(Wishes {
        promising: args.promising.clone(),
        import_map,
    })
}

/// The settings; one that is wrong is wrong usage.
fn settings(arguments: &[String]) -> Settings {
    Settings::parse(arguments).unwrap_or_else(|error| usage_error(&format!("-s {error}")))
}

/// What clap cannot check, because it depends on what the input is.
fn check_usage(args: &RetrofitArgs, lone: bool) {
    if args.host.is_some() && !lone {
        usage_error("--host goes with a lone wasm; the JavaScript that emcc wrote gets the host script itself");
    }
    if let Some(output) = args.output.as_deref().filter(|path| is_standard_stream(path)) {
        if !lone {
            usage_error("-o - goes with a lone wasm; the JavaScript and its wasm are two files");
        }
        if std::io::stdout().is_terminal() && !args.dry_run {
            usage_error(&format!("-o {}: a wasm is not written to a terminal", output.display()));
        }
    }
}

fn usage_error(message: &str) -> ! {
    use clap::CommandFactory;
    Command::command().error(ErrorKind::ValueValidation, message).exit()
}

fn name(path: &Path) -> String {
    if is_standard_stream(path) {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
