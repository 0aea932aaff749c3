//! The series: the edits in `series/`, with the settings out of their one table.

use crate::edit::Edit;
use crate::error::Error;
use direct_sockets_settings::{Kind, SETTINGS, Setting, Settings};
use std::fmt::Write;

/// The edits, in the order in which they are shown.
const FILES: &[(&str, &str)] = &[
    ("settings", include_str!("../series/settings.edit")),
    ("jspi", include_str!("../series/jspi.edit")),
    ("sizes", include_str!("../series/sizes.edit")),
    ("link-step", include_str!("../series/link-step.edit")),
    ("check", include_str!("../series/check.edit")),
    ("jspi-check", include_str!("../series/jspi-check.edit")),
    ("syscalls", include_str!("../series/syscalls.edit")),
    ("stubs", include_str!("../series/stubs.edit")),
    ("retrofit", include_str!("../series/retrofit.edit")),
];

/// What is declared so that it can be refused.
const NOT_YET: &str = "DIRECT_SOCKETS_WEBTRANSPORT";

/// The width of comments in settings.js.
const WIDTH: usize = 79;

/// The series.
///
/// # Errors
/// One of its files is at fault, which a test rules out.
pub fn series() -> Result<Vec<Edit>, Error> {
    let mut edits = Vec::new();
    for (name, contents) in FILES {
        let mut edit = Edit::parse(name, contents)?;
        edit.text = edit
            .text
            .replace("@DECLARATIONS@\n", &declarations())
            .replace(
                "@NAMES@\n",
                &lines(|setting| !["DIRECT_SOCKETS", NOT_YET].contains(&setting.name)),
            )
            .replace(
                "@SIZES@\n",
                &lines(|setting| matches!(setting.kind, Kind::Bytes { .. })),
            );
        edits.push(edit);
    }
    Ok(edits)
}

/// The settings as settings.js declares them. The types are those that emcc takes a user's values with; booleans are
/// 0 or 1, which every version can read.
fn declarations() -> String {
    let mut out = String::new();
    let mut declare = |name: &str, default: &str, doc: &str| {
        let mut line = String::from("//");
        for word in doc.split_whitespace() {
            if line.len() + 1 + word.len() > WIDTH {
                let _ = writeln!(out, "{line}");
                line.truncate(2);
            }
            line.push(' ');
            line.push_str(word);
        }
        let _ = writeln!(out, "{line}\n// [link]\nvar {name} = {default};\n");
    };
    for setting in SETTINGS {
        let default = match setting.kind {
            Kind::Bool => "0".to_owned(),
            Kind::Level(_) => setting.default.to_owned(),
            Kind::Bytes { .. } => Settings::default().bytes(setting.name).to_string(),
            Kind::List(_) => list(setting.default),
            _ => format!("'{}'", setting.default),
        };
        declare(setting.name, &default, setting.doc);
    }
    if Setting::find(NOT_YET).is_none() {
        declare(
            NOT_YET,
            "0",
            "Sockets over WebTransport where there are no Direct Sockets. Not there yet.",
        );
    }
    out.trim_end().to_owned() + "\n"
}

/// A list that is written as the command line has it.
fn list(items: &str) -> String {
    let items: Vec<String> = items
        .split(',')
        .filter(|item| !item.is_empty())
        .map(|item| format!("'{item}'"))
        .collect();
    format!("[{}]", items.join(", "))
}

/// The names of these settings as lines of a Python literal.
fn lines(which: fn(&Setting) -> bool) -> String {
    let chosen = SETTINGS.iter().filter(|setting| which(setting));
    chosen.map(|setting| format!("  '{}',\n", setting.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_edit_of_the_series_is_read() {
        let series = series().expect("the series is sound");
        assert_eq!(series.len(), FILES.len());
        assert!(series.iter().all(|edit| !edit.text.contains("S@\n")), "{series:?}");
        for setting in SETTINGS {
            assert!(series[0].text.contains(&format!("\nvar {} = ", setting.name)));
        }
    }
}
