//! The man pages and the completions of shells, made of what `args.rs` says.

use super::DONE;
use super::args::{Command, CompletionsArgs, ManArgs};
use clap::CommandFactory;
use clap_mangen::Man;
use std::io::Write;

/// What the shells and the manual call the program.
const PROGRAM: &str = "wasm-direct-sockets";

pub(super) fn man(args: &ManArgs) -> anyhow::Result<u8> {
    let mut program = Command::command();
    program.build();
    let page = match &args.command {
        None => program,
        Some(name) => match program.find_subcommand(name) {
            Some(command) => command.clone(),
            None => super::usage_error(&format!("man: there is no command {name:?}")),
        },
    };
    let mut text = Vec::new();
    Man::new(page).render(&mut text)?;
    std::io::stdout().lock().write_all(&text)?;
    Ok(DONE)
}

pub(super) fn completions(args: &CompletionsArgs) -> anyhow::Result<u8> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Command::command(), PROGRAM, &mut text);
    std::io::stdout().lock().write_all(&text)?;
    Ok(DONE)
}
