//! `--diff`: the changes of the JavaScript as a unified diff.

use similar::TextDiff;

/// Lines longer than this are minified code, which a line-wise diff could not show.
const READABLE: usize = 400;

/// A unified diff of the JavaScript. Minified lines are broken after `;`, `{` and `}` first, on both sides alike, so that a
/// change shows with its surroundings instead of as one line of 80 KB.
#[must_use]
pub(super) fn unified(old_name: &str, new_name: &str, old: &str, new: &str) -> String {
    let (old, new) = (readable(old), readable(new));
    TextDiff::from_lines(&old, &new)
        .unified_diff()
        .context_radius(2)
        .header(old_name, new_name)
        .to_string()
}

fn readable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if line.len() <= READABLE {
            out.push_str(line);
            continue;
        }
        for piece in line.split_inclusive([';', '{', '}']) {
            out.push_str(piece);
            if !piece.ends_with('\n') {
                out.push('\n');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_in_a_minified_line_is_small() {
        let old = format!("{}f(1);{}\n", "a=1;".repeat(200), "b=2;".repeat(200));
        let new = old.replace("f(1)", "f(2)");
        let diff = unified("a.js", "b.js", &old, &new);
        assert!(diff.contains("-f(1);\n+f(2);\n"), "{diff}");
        assert!(diff.lines().count() < 15, "{diff}");
    }
}
