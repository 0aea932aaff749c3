//! What Linux says: each program compiled by gcc and run, and what it printed kept for as long as its source stays.

use super::{LIMIT, Program, folder, headers, key, products};
use crate::compare::Expected;
use crate::native;
use crate::process::{self, End};
use anyhow::{Result, bail};
use std::fs;
use std::path::Path;
use std::process::Command;

/// A program that depends on time or chance should be seen as such before its answer is believed.
const RUNS: usize = 3;

/// Exit code of `must` in `check.h`: a step failed that was not in question, so there is no answer.
const GIVEN_UP: i32 = 98;

/// What `program` prints on Linux, and how it ends.
pub(super) fn expected(program: &Program) -> Result<Expected> {
    let folder_of_answers = products().join("linux");
    fs::create_dir_all(&folder_of_answers)?;
    let key = key(&(&program.source, headers()?));
    let answer = folder_of_answers.join(format!("{}.expected", program.name));
    if let Some(expected) = read(&answer, &key) {
        return Ok(expected);
    }
    let executable = folder_of_answers.join(&program.name);
    native::compile(&folder().join(format!("{}.c", program.name)), &[], &executable)?;
    let expected = run(&executable)?;
    for _ in 1..RUNS {
        let again = run(&executable)?;
        if again != expected {
            bail!(
                "on Linux it does not print the same twice:\n{}\n{}",
                expected.output,
                again.output
            );
        }
    }
    let code = match expected.end {
        End::Exit(code) if code != GIVEN_UP => code,
        end => bail!("on Linux: {end}\n{}", expected.output),
    };
    fs::write(&answer, format!("{key} {code}\n{}", expected.output))?;
    Ok(expected)
}

fn run(executable: &Path) -> Result<Expected> {
    let outcome = process::run(&mut Command::new(executable), LIMIT)?;
    Ok(Expected {
        output: outcome.output(),
        end: outcome.end,
    })
}

/// The answer of an earlier run of the same source; its first line is the key of that and the exit code.
fn read(answer: &Path, key: &str) -> Option<Expected> {
    let text = fs::read_to_string(answer).ok()?;
    let (head, output) = text.split_once('\n')?;
    let code = head.strip_prefix(key)?.trim().parse().ok()?;
    Some(Expected {
        output: output.into(),
        end: End::Exit(code),
    })
}
