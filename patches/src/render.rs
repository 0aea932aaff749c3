//! Changes as patch files, for `patch -p1` and for quilt.

use crate::edit::Edit;
use crate::tree::Change;
use similar::TextDiff;

/// The form of a patch file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Unified diffs.
    Unified,
    /// The same below a header of DEP-3 (<https://dep-team.pages.debian.net/deps/dep3/>), as quilt and Debian's packages have it.
    Quilt,
}

impl Format {
    /// The patch file of these changes. The same changes give the same bytes: there is no date in it.
    #[must_use]
    pub fn render(self, series: &[Edit], changes: &[Change]) -> String {
        let mut out = match self {
            Format::Unified => String::new(),
            Format::Quilt => header(series),
        };
        for change in changes {
            let side = |prefix: &str, text: &Option<String>| match text {
                Some(_) => format!("{prefix}/{}", change.file),
                None => "/dev/null".to_owned(),
            };
            let (old, new) = (change.old.as_deref(), change.new.as_deref());
            let diff = TextDiff::from_lines(old.unwrap_or_default(), new.unwrap_or_default());
            let mut unified = diff.unified_diff();
            let unified = unified.header(&side("a", &change.old), &side("b", &change.new));
            out.push_str(&unified.to_string());
        }
        out
    }
}

fn header(series: &[Edit]) -> String {
    let edits: String = series.iter().map(|edit| format!("  * {}\n", edit.purpose)).collect();
    format!(
        "Description: emcc -sDIRECT_SOCKETS: real TCP and UDP sockets\n{edits}Author: {}\nOrigin: vendor, wasm-direct-sockets {}\n\
         Forwarded: no\n\n",
        env!("CARGO_PKG_AUTHORS"),
        env!("CARGO_PKG_VERSION")
    )
}
