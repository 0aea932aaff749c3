//! Where an anchor is in a file, found in its syntax tree.

use crate::edit::{Anchor, Side};
use crate::sections;
use std::ops::Range;
use tree_sitter::{Node, Parser, Tree};

/// What a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    C,
    JavaScript,
    Python,
    ReStructuredText,
}

/// Where lines go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gap {
    /// The byte at the start of a line.
    pub(crate) at: usize,
    /// The indentation of the anchor's line.
    pub(crate) indent: String,
}

impl Language {
    /// By the name of the file.
    pub(crate) fn of(file: &str) -> Option<Language> {
        match file.rsplit_once('.')?.1 {
            "c" => Some(Language::C),
            "js" => Some(Language::JavaScript),
            "py" => Some(Language::Python),
            "rst" => Some(Language::ReStructuredText),
            _ => None,
        }
    }

    /// What starts a comment.
    pub(crate) fn comment(self) -> &'static str {
        match self {
            Language::C | Language::JavaScript => "//",
            Language::Python => "#",
            Language::ReStructuredText => "..",
        }
    }

    /// The syntax tree; errors of the source are nodes of it. There is none where only whole files or sections are places.
    fn parse(self, source: &str) -> Option<Tree> {
        let grammar = match self {
            Language::JavaScript => tree_sitter_javascript::LANGUAGE,
            Language::Python => tree_sitter_python::LANGUAGE,
            Language::C | Language::ReStructuredText => return None,
        };
        let mut parser = Parser::new();
        parser.set_language(&grammar.into()).ok()?;
        match self {
            Language::JavaScript => parser.parse(preprocessed(source), None),
            _ => parser.parse(source, None),
        }
    }
}

/// JavaScript as it is without the directives of Emscripten's preprocessor (`src/parseTools`): a line that starts with `#`
/// is blank, a `{{{ macro }}}` a number. Every byte that stays is where it was.
fn preprocessed(source: &str) -> String {
    let blank = |text: &str| -> String {
        text.chars()
            .map(|c| if c == '\n' { "\n" } else { " " }.repeat(c.len_utf8()))
            .collect()
    };
    let mut lines = String::with_capacity(source.len());
    for line in source.split_inclusive('\n') {
        match line.trim_start().starts_with('#') {
            true => lines += &blank(line),
            false => lines += line,
        }
    }
    let mut out = String::with_capacity(lines.len());
    let mut rest = lines.as_str();
    while let Some((before, (macro_call, after))) = rest
        .split_once("{{{")
        .and_then(|(a, b)| Some((a, b.split_once("}}}")?)))
    {
        out += before;
        out.push('0');
        out += &blank(macro_call);
        out += "     ";
        rest = after;
    }
    out + rest
}

/// The gap at the anchor, or why there is none.
pub(crate) fn locate(language: Language, source: &str, anchor: &Anchor) -> Result<Gap, String> {
    if let (Language::ReStructuredText, Anchor::Section { side, title }) = (language, anchor) {
        return sections::locate(source, title, *side);
    }
    let tree = language.parse(source).ok_or("it cannot be parsed")?;
    let root = tree.root_node();
    let (side, found) = match anchor {
        Anchor::Section { .. } => return Err("it has no sections".to_owned()),
        Anchor::Variable { side, name } => (
            *side,
            children(root).filter(|node| declares(*node, name, source)).collect(),
        ),
        Anchor::Statement { side, text, function } => {
            let functions: Vec<Node> = children(root)
                .filter_map(|node| defined(node, function, source))
                .collect();
            let function = one(&functions, &format!("function {function}"))?;
            let mut found = Vec::new();
            statements(function, text, source, &mut found);
            (*side, found)
        }
    };
    let node = one(&found, "such place")?;
    gap(source, node.byte_range(), side)
}

fn one<'tree>(found: &[Node<'tree>], what: &str) -> Result<Node<'tree>, String> {
    match found {
        [node] => Ok(*node),
        [] => Err(format!("there is no {what}")),
        several => Err(format!("there is more than one {what}: {}", several.len())),
    }
}

fn children(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    (0..u32::try_from(node.named_child_count()).unwrap_or(u32::MAX)).filter_map(move |index| node.named_child(index))
}

fn text<'source>(node: Node<'_>, source: &'source str) -> &'source str {
    source.get(node.byte_range()).unwrap_or_default()
}

fn text_of<'source>(node: Node<'_>, field: &str, source: &'source str) -> Option<&'source str> {
    node.child_by_field_name(field).map(|child| text(child, source))
}

fn named(node: Node<'_>, name: &str, source: &str) -> bool {
    text_of(node, "name", source) == Some(name)
}

/// Whether this is `var NAME …;` or its kin, or `NAME = …` of Python.
fn declares(node: Node<'_>, name: &str, source: &str) -> bool {
    let assigned = |node: Node| node.kind() == "assignment" && text_of(node, "left", source) == Some(name);
    match node.kind() {
        "variable_declaration" | "lexical_declaration" => children(node).any(|child| named(child, name, source)),
        "expression_statement" => children(node).any(assigned),
        _ => false,
    }
}

/// The definition of this function, perhaps inside its decorators.
fn defined<'tree>(node: Node<'tree>, name: &str, source: &str) -> Option<Node<'tree>> {
    let definition = match node.kind() {
        "decorated_definition" => node.child_by_field_name("definition")?,
        _ => node,
    };
    let is_function = matches!(definition.kind(), "function_definition" | "function_declaration");
    (is_function && named(definition, name, source)).then_some(definition)
}

/// The statements below `node` that read so.
fn statements<'tree>(node: Node<'tree>, wanted: &str, source: &str, found: &mut Vec<Node<'tree>>) {
    // A stack of its own: how deep a file is nested is not ours to trust.
    let mut pending = vec![node];
    while let Some(node) = pending.pop() {
        if node.kind().ends_with("_statement") && text(node, source) == wanted {
            found.push(node);
        } else {
            pending.extend(children(node));
        }
    }
}

/// The start of the line of `range`, or of the line after it. A line that has anything else on it is no place.
fn gap(source: &str, range: Range<usize>, side: Side) -> Result<Gap, String> {
    let before = source.get(..range.start).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let indent = before.get(start..).unwrap_or_default();
    let after = source.get(range.end..).unwrap_or_default();
    let end = after.find('\n').ok_or("its line has no line end")?;
    let rest = after.get(..end).unwrap_or_default().trim();
    let alone = rest.is_empty() || rest.starts_with('#') || rest.starts_with("//");
    if !indent.trim().is_empty() || !alone {
        return Err("something else is on its line".to_owned());
    }
    Ok(Gap {
        at: match side {
            Side::Before => start,
            Side::After => range.end + end + 1,
        },
        indent: indent.to_owned(),
    })
}
