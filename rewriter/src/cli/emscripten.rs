//! `emscripten`: the patch series, applied to a tree or shown.

use super::args::{EmscriptenAction, EmscriptenArgs, PatchFormat, TreeArgs};
use super::{DONE, REFUSED, warn};
use direct_sockets_patches::{Change, Format, State, TESTED, Tree, series};
use direct_sockets_settings::render;
use std::io::Write;

pub(super) fn emscripten(args: &EmscriptenArgs) -> anyhow::Result<u8> {
    match &args.action {
        EmscriptenAction::Apply(args) => change(args, "applied", Tree::applied),
        EmscriptenAction::Revert(args) => change(args, "reverted", Tree::reverted),
        EmscriptenAction::Status(args) => status(args),
        EmscriptenAction::Diff { tree, format } => diff(tree, *format),
        EmscriptenAction::Reference => {
            std::io::stdout().write_all(render::reference().as_bytes())?;
            Ok(DONE)
        }
    }
}

fn open(args: &TreeArgs) -> anyhow::Result<Tree> {
    Ok(Tree::open(&args.folder, series()?)?)
}

fn change(
    args: &TreeArgs,
    done: &str,
    changes: fn(&Tree) -> Result<Vec<Change>, direct_sockets_patches::Error>,
) -> anyhow::Result<u8> {
    let tree = open(args)?;
    if !TESTED.contains(&tree.version()) {
        warn(&format!(
            "Emscripten {} is none of those that the series is tested with ({})",
            tree.version(),
            TESTED.join(", ")
        ));
    }
    let changes = changes(&tree)?;
    let mut text = format!("{}: Emscripten {}: ", args.folder.display(), tree.version());
    match changes.len() {
        0 => text += "nothing to change\n",
        _ => text += &format!("{done}\n"),
    }
    for change in &changes {
        let what = match (&change.old, &change.new) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        };
        text += &format!("  {what} {}\n", change.file);
    }
    tree.write(changes)?;
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(DONE)
}

fn status(args: &TreeArgs) -> anyhow::Result<u8> {
    let tree = open(args)?;
    let mut text = format!("{}: Emscripten {}\n", args.folder.display(), tree.version());
    let mut fits = true;
    for (edit, state) in tree.status()? {
        let said = match state {
            State::Applied(file) => format!("applied: {file}"),
            State::Outdated(file) => format!("of another version: {file}"),
            State::Changed(file) => {
                fits = false;
                format!("changed by somebody: {file}")
            }
            State::Absent { file, anchor: None } => format!("not applied: a new file {file}"),
            State::Absent {
                file,
                anchor: Some(anchor),
            } => format!("not applied: {file}: {anchor}"),
            State::Unfit(tried) => {
                fits = false;
                format!("does not fit: {}", tried.join("; "))
            }
        };
        text += &format!("  {}: {said}\n      {}\n", edit.name, edit.purpose);
    }
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(if fits { DONE } else { REFUSED })
}

fn diff(args: &TreeArgs, format: PatchFormat) -> anyhow::Result<u8> {
    let tree = open(args)?;
    let format = match format {
        PatchFormat::Unified => Format::Unified,
        PatchFormat::Quilt => Format::Quilt,
    };
    let text = format.render(tree.series(), &tree.difference()?);
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(DONE)
}
