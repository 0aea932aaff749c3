//! The series: the edits in `series/`, with the settings out of their one table.

use crate::edit::Edit;
use crate::error::Error;
use direct_sockets_settings::{Kind, MAIN, SETTINGS, Setting, render};

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
    ("test-program", include_str!("../series/test-program.edit")),
    ("tests", include_str!("../series/tests.edit")),
    ("networking", include_str!("../series/networking.edit")),
    ("reference", include_str!("../series/reference.edit")),
];

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
            .replace("@DECLARATIONS@\n", &render::declarations())
            .replace("@CONFLICTS@\n", &render::conflicts_python())
            .replace("@REFERENCE@\n", &render::reference())
            .replace(
                "@NAMES@\n",
                // What is declared so that it can be refused is not passed on.
                &lines(|setting| setting.name != MAIN && !(setting.kind == Kind::Bool && setting.not_yet == ["1"])),
            )
            .replace(
                "@SIZES@\n",
                &lines(|setting| matches!(setting.kind, Kind::Bytes { .. })),
            );
        edits.push(edit);
    }
    Ok(edits)
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
        assert!(series.iter().all(|edit| !edit.text.contains("@\n")), "{series:?}");
        for setting in SETTINGS {
            assert!(series[0].text.contains(&format!("\nvar {} = ", setting.name)));
        }
    }
}
