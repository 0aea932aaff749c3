//! What is expected against what came, and where they part.

use crate::process::{End, Outcome};
use std::fmt::Write;

/// What a run must show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Its standard output.
    pub output: String,
    /// Its end.
    pub end: End,
}

/// `None` if `got` is as expected, else a few lines that say where it is not.
pub fn difference(expected: &Expected, got: &Outcome) -> Option<String> {
    let output = got.output();
    if output == expected.output && got.end == expected.end {
        return None;
    }
    let mut report = String::new();
    if got.end != expected.end {
        let _ = writeln!(report, "expected {}, got {}", expected.end, got.end);
    }
    let mut chapter = "";
    let (mut wanted, mut lines) = (expected.output.split('\n'), output.split('\n'));
    let mut number = 0;
    loop {
        number += 1;
        let (want, line) = (wanted.next(), lines.next());
        if want == line {
            if want.is_none() {
                break;
            }
            chapter = want.filter(|text| !text.starts_with(' ')).unwrap_or(chapter);
            continue;
        }
        let shown = |line: Option<&str>| line.map_or("the end".to_owned(), |line| format!("`{line}`"));
        let _ = writeln!(
            report,
            "line {number} (below `{chapter}`): expected {}, got {}",
            shown(want),
            shown(line)
        );
        break;
    }
    let errors = got.errors();
    // node prints the source line that threw, which for minified glue is all of it.
    let lines: Vec<_> = errors
        .lines()
        .filter(|line| !line.trim().is_empty() && line.len() < 400)
        .collect();
    for line in lines.iter().take(6) {
        let _ = writeln!(report, "stderr: {line}");
    }
    Some(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(stdout: &str, end: End) -> Outcome {
        Outcome {
            stdout: stdout.into(),
            stderr: b"why\n".to_vec(),
            end,
        }
    }

    #[test]
    fn equal_is_no_difference() {
        let expected = Expected {
            output: "a\n b\n".into(),
            end: End::Exit(7),
        };
        assert_eq!(difference(&expected, &outcome("a\n b\n", End::Exit(7))), None);
    }

    #[test]
    fn the_first_line_that_differs_is_named() {
        let expected = Expected {
            output: "chapter\n  a\n  b\n".into(),
            end: End::Exit(7),
        };
        let report = difference(&expected, &outcome("chapter\n  a\n  c\n", End::Exit(7))).expect("differs");
        assert_eq!(
            report,
            "line 3 (below `chapter`): expected `  b`, got `  c`\nstderr: why\n"
        );
    }

    #[test]
    fn an_output_that_stops_early_and_another_exit_code_are_differences() {
        let expected = Expected {
            output: "a\nb\n".into(),
            end: End::Exit(7),
        };
        let report = difference(&expected, &outcome("a\nb", End::Exit(7))).expect("differs");
        assert!(report.contains("expected ``, got the end"), "{report}");
        let report = difference(&expected, &outcome("a\nb\n", End::Exit(1))).expect("differs");
        assert!(
            report.starts_with("expected exit code 7, got exit code 1\n"),
            "{report}"
        );
    }
}
