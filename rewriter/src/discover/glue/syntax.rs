//! Parsing, its errors, and the few questions that every part of the survey asks a syntax tree.

use std::borrow::Cow;
use std::ops::Range;

use oxc_allocator::Allocator;
use oxc_ast::ast::*;
use oxc_parser::{ParseOptions, Parser};
use oxc_span::{SourceType, Span};
use thiserror::Error;

/// Why a glue could not be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum GlueError {
    /// It is not JavaScript.
    #[error("line {line}, column {column}: {message}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What the parser says.
        message: String,
    },
    /// No thread for the parser.
    #[error("cannot start a thread to parse in: {0}")]
    Thread(String),
}

/// Stack of the parsing thread. Parser and visitor recurse for each level of nesting: hundreds of thousands
/// of levels fit, emcc's own output has less than a hundred. Only what is touched is ever allocated.
const STACK: usize = 512 << 20;

/// Parses `source` as a script, or as a module if it is none, and hands the tree to `read`.
pub(super) fn with_program<T: Send>(
    source: &str,
    read: impl FnOnce(&str, &Program<'_>) -> T + Send,
) -> Result<T, GlueError> {
    std::thread::scope(|scope| {
        let parsing = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, || parse(source, read))
            .map_err(|error| GlueError::Thread(error.to_string()))?;
        parsing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn parse<T>(source: &str, read: impl FnOnce(&str, &Program<'_>) -> T) -> Result<T, GlueError> {
    let allocator = Allocator::default();
    let options = ParseOptions {
        // Node wraps a CommonJS file in a function.
        allow_return_outside_function: true,
        ..ParseOptions::default()
    };
    // Of two failed attempts, the one that got further tells more.
    let mut furthest = (0, String::from("not JavaScript"));
    for kind in [SourceType::script(), SourceType::mjs()] {
        let attempt = Parser::new(&allocator, source, kind).with_options(options).parse();
        let Some(error) = attempt.diagnostics.first() else {
            return Ok(read(source, &attempt.program));
        };
        let offset = error.labels.first().map_or(0, |label| label.offset() as usize);
        if offset >= furthest.0 {
            furthest = (offset, error.message.to_string());
        }
    }
    let (offset, message) = furthest;
    let (line, column) = line_and_column(source, offset);
    Err(GlueError::Syntax { line, column, message })
}

/// Line and column, both from 1, of a byte offset.
pub(super) fn line_and_column(source: &str, offset: usize) -> (usize, usize) {
    let before: String = String::from_utf8_lossy(&source.as_bytes()[..offset.min(source.len())]).into_owned();
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    (line, column)
}

pub(super) fn range(span: Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

/// The name of `object.name` and `object["name"]`, through parentheses and optional chains.
pub(super) fn member<'t, 'a>(expression: &'t Expression<'a>) -> Option<(&'t Expression<'a>, Cow<'t, str>)> {
    match expression.without_parentheses() {
        Expression::StaticMemberExpression(member) => {
            Some((&member.object, Cow::Borrowed(member.property.name.as_str())))
        }
        Expression::ComputedMemberExpression(member) => match &member.expression {
            Expression::StringLiteral(key) => Some((&member.object, Cow::Borrowed(key.value.as_str()))),
            _ => None,
        },
        Expression::ChainExpression(chain) => match &chain.expression {
            ChainElement::StaticMemberExpression(member) => {
                Some((&member.object, Cow::Borrowed(member.property.name.as_str())))
            }
            _ => None,
        },
        _ => None,
    }
}

/// The name of a plain identifier.
pub(super) fn identifier<'t>(expression: &'t Expression<'_>) -> Option<&'t str> {
    match expression.without_parentheses() {
        Expression::Identifier(identifier) => Some(identifier.name.as_str()),
        _ => None,
    }
}

/// The call in `f(x)` and `o?.f(x)`.
pub(super) fn call<'t, 'a>(expression: &'t Expression<'a>) -> Option<&'t CallExpression<'a>> {
    match expression.without_parentheses() {
        Expression::CallExpression(call) => Some(call),
        Expression::ChainExpression(chain) => match &chain.expression {
            ChainElement::CallExpression(call) => Some(call),
            _ => None,
        },
        _ => None,
    }
}

/// The name of a variable that a pattern binds, if it is one variable.
pub(super) fn bound<'t>(pattern: &'t BindingPattern<'_>) -> Option<&'t str> {
    match pattern {
        BindingPattern::BindingIdentifier(identifier) => Some(identifier.name.as_str()),
        _ => None,
    }
}

/// The name of the thing that is assigned to: a variable, or the property of `Module`.
pub(super) fn target(target: &AssignmentTarget<'_>) -> Option<String> {
    match target {
        AssignmentTarget::AssignmentTargetIdentifier(identifier) => Some(identifier.name.as_str().to_owned()),
        AssignmentTarget::StaticMemberExpression(member) => Some(member.property.name.as_str().to_owned()),
        AssignmentTarget::ComputedMemberExpression(member) => match &member.expression {
            Expression::StringLiteral(key) => Some(key.value.as_str().to_owned()),
            _ => None,
        },
        _ => None,
    }
}
