//! The command: what is typed, what is shown. What is done is the library's.

mod args;
mod diff;
mod documents;
mod emscripten;
mod iwa;
mod report;
mod source_map;
mod symbol_map;

use crate::files::{Input, is_standard_stream};
use crate::glue::{
    self,
    symbols::{self, SymbolMap},
};
use crate::output::Output;
use crate::plan::{SourceMapUrl, Wishes};
use crate::retrofit::{self, Glue, Options, PROMISING, RetrofitError};
use anyhow::Context;
use args::{Action, Command, InputArgs, InspectArgs, RetrofitArgs};
use clap::Parser;
use clap::error::ErrorKind;
use direct_sockets_settings::Settings;
use source_map::SourceMap;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
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
        Action::Iwa(args) => iwa::iwa(&args),
        Action::Emscripten(args) => emscripten::emscripten(&args),
        Action::Man(args) => documents::man(&args),
        Action::Completions(args) => documents::completions(&args),
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
    let analysis = retrofit::analyse(&input.program, &wishes(&args.input)?).map_err(|error| about(&input, error))?;
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
    let settings = settings(args);
    let input = load(&args.input)?;
    check_usage(args, input.program.glue.is_none());
    let mut options = Options {
        wishes: wishes(&args.input)?,
        settings,
        wasm_name: None,
    };
    let restored;
    let program = if args.upgrade {
        restored = retrofit::restore(&input.program, &mut options).map_err(|error| about(&input, error))?;
        &restored
    } else {
        &input.program
    };
    let targets = Targets::choose(args, &input);
    options.wasm_name.clone_from(&targets.wasm_name);
    let source_map = source_map(args, &input, targets.wasm.as_deref(), &mut options);
    let done = match retrofit::retrofit(program, &options) {
        Err(RetrofitError::Refused(refusal)) if args.if_any && refusal.is_no_sockets() => return Ok(DONE),
        done => done.map_err(|error| about(&input, error))?,
    };
    for warning in &done.warnings {
        warn(warning);
    }

    let mut text = report::retrofit_text(&input.app, program, &done);
    if let (true, Some(Glue { source: old, .. }), Some(new)) = (args.diff, &program.glue, &done.glue) {
        let new_name = args.output.as_deref().unwrap_or(&input.app);
        text.push_str(&diff::unified(&name(&input.app), &name(new_name), old, new));
    }
    let mut output = Output::default();
    if let (Some(path), Some(glue)) = (&targets.glue, &done.glue) {
        output.add(path, glue.as_bytes(), Some(&input.app));
    }
    if let Some(path) = &targets.wasm {
        output.add(
            path,
            done.wasm.as_slice(),
            Some(input.wasm.as_deref().unwrap_or(&input.app)),
        );
    }
    if let Some(map) = &source_map {
        let (path, contents) = map.corrected(&done)?;
        output.add(path, contents, None);
    }
    if let Some((map, target)) = targets.symbol_map(&input) {
        let corrected = if args.upgrade {
            Err(format!("--upgrade cannot correct {}", map.display()))
        } else {
            symbol_map::corrected(&map, &done.functions)
        };
        match corrected {
            Ok(text) => output.add(target, text, Some(&map)),
            Err(warning) => warn(&warning),
        }
    }
    if let Some(path) = &args.host {
        let host = retrofit::host_options(&done.plan, &options.settings);
        output.add(path, glue::host_script(&host), None);
    }
    let to_stdout = args.output.as_deref().is_some_and(is_standard_stream);
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

/// The files that a retrofit writes.
#[derive(Default)]
struct Targets {
    glue: Option<PathBuf>,
    wasm: Option<PathBuf>,
    /// The name that the new JavaScript loads the wasm by, if it is another one than before.
    wasm_name: Option<String>,
}

impl Targets {
    fn choose(args: &RetrofitArgs, input: &Input) -> Targets {
        let Some(output) = args.output.as_ref().filter(|path| !is_standard_stream(path)) else {
            return Targets::default();
        };
        if input.program.glue.is_none() {
            return Targets {
                wasm: Some(output.clone()),
                ..Targets::default()
            };
        }
        let (wasm, wasm_name) = input.wasm_target(output).unzip();
        Targets {
            glue: Some(output.clone()),
            wasm,
            wasm_name: wasm_name.flatten(),
        }
    }

    /// Where the program's symbol map is, if there is one, and where the new one goes.
    fn symbol_map(&self, input: &Input) -> Option<(PathBuf, PathBuf)> {
        let output = self.glue.as_ref().or(self.wasm.as_ref())?;
        // Nothing lies beside standard input.
        let app = Some(&input.app).filter(|app| !is_standard_stream(app))?;
        symbol_map::find(app, output)
    }
}

/// The source map that goes along, if the wasm names one that is at hand; says so if it is not.
fn source_map(
    args: &RetrofitArgs,
    input: &Input,
    wasm_target: Option<&Path>,
    options: &mut Options,
) -> Option<SourceMap> {
    let found = match (wasm_target, crate::merge::source_map::url(&input.program.wasm)) {
        (_, None) => Ok(None),
        (Some(_), Some(_)) if args.upgrade => {
            Err("--upgrade cannot correct a source map; the new wasm names none".to_owned())
        }
        (Some(target), Some(url)) => source_map::find(input, &url, target).map(Some),
        (None, Some(url)) => Err(format!(
            "the source map {url} is not corrected; the new wasm names none"
        )),
    };
    let map = found.unwrap_or_else(|warning| {
        warn(&warning);
        options.wishes.source_map_url = SourceMapUrl::Drop;
        None
    });
    if let Some(map) = &map {
        options.wishes.source_map_url = map.url.clone();
    }
    map
}

fn warn(warning: &str) {
    eprintln!("wasm-direct-sockets: warning: {warning}");
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
        source_map_url: SourceMapUrl::Keep,
    })
}

/// The settings; one that is wrong is wrong usage.
fn settings(args: &RetrofitArgs) -> Settings {
    let mut settings = Settings::parse(&args.settings).unwrap_or_else(|error| usage_error(&format!("-s {error}")));
    if let Err(error) = settings.append(PROMISING, &args.input.promising) {
        usage_error(&format!("--promising: {error}"));
    }
    settings
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

/// An error with the file that it is about.
fn about(input: &Input, error: RetrofitError) -> anyhow::Error {
    let file = match (&error, &input.wasm) {
        (RetrofitError::Wasm(_) | RetrofitError::Merge(_), Some(wasm)) => wasm,
        _ => &input.app,
    };
    anyhow::anyhow!("{}: {error}", name(file))
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
