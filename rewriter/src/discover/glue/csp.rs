//! What the content security policy of an Isolated Web App forbids: `script-src 'self' 'wasm-unsafe-eval'` knows no text that
//! becomes code, neither by `eval` nor by `Function`, and no script or worker that has no address of the app.

use std::fmt;

use oxc_ast::ast::*;

use super::syntax::{identifier, line_and_column, member};

/// How text becomes code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evaluation {
    /// `eval(text)`: `emscripten_run_script` and its kin, `EM_ASM` of side modules.
    Eval,
    /// `new Function(text)`, also as a value that something else calls: embind without `-sDYNAMIC_EXECUTION=0`.
    Function,
    /// A worker whose script is a `blob:` or a `data:`.
    Worker,
    /// `setTimeout(text)`.
    Timer,
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Evaluation::Eval => "eval()",
            Evaluation::Function => "new Function()",
            Evaluation::Worker => "a worker made of a blob: or data: URL",
            Evaluation::Timer => "a timer with text for code",
        })
    }
}

/// A place that fails in an Isolated Web App when it is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForbiddenPlace {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What it does there.
    pub evaluation: Evaluation,
}

impl fmt::Display for ForbiddenPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.evaluation)
    }
}

/// Such places as the walk over the tree meets them, by their offset.
#[derive(Default)]
pub(super) struct Forbidden(Vec<(usize, Evaluation)>);

impl Forbidden {
    /// Looks at a call.
    pub(super) fn call(&mut self, call: &CallExpression<'_>) {
        let evaluation = match global(&call.callee) {
            Some("eval") => Some(Evaluation::Eval),
            Some("Function") => Some(Evaluation::Function),
            Some("setTimeout" | "setInterval") if is_text(call.arguments.first()) => Some(Evaluation::Timer),
            // `Function.apply`, `Reflect.construct(Function, …)`, embind's `new_(Function, …)`.
            _ if is_method_of_function(&call.callee) || passes_function(&call.arguments) => Some(Evaluation::Function),
            _ => None,
        };
        self.note(call.span.start, evaluation);
    }

    /// Looks at a `new`.
    pub(super) fn construction(&mut self, new: &NewExpression<'_>) {
        let evaluation = match global(&new.callee) {
            Some("Function") => Some(Evaluation::Function),
            Some("Worker" | "SharedWorker") if is_made_up(new.arguments.first()) => Some(Evaluation::Worker),
            _ => None,
        };
        self.note(new.span.start, evaluation);
    }

    fn note(&mut self, offset: u32, evaluation: Option<Evaluation>) {
        self.0
            .extend(evaluation.map(|evaluation| (offset as usize, evaluation)));
    }

    /// The places, as an editor counts them.
    pub(super) fn places(&self, source: &str) -> Vec<ForbiddenPlace> {
        let place = |&(offset, evaluation): &(usize, Evaluation)| {
            let (line, column) = line_and_column(source, offset);
            ForbiddenPlace {
                line,
                column,
                evaluation,
            }
        };
        self.0.iter().map(place).collect()
    }
}

/// `f` in `f`, `(0, f)` and `globalThis.f`.
fn global<'t>(callee: &'t Expression<'_>) -> Option<&'t str> {
    match callee.without_parentheses() {
        Expression::SequenceExpression(sequence) => sequence.expressions.last().and_then(identifier),
        Expression::StaticMemberExpression(member) => {
            let object = identifier(&member.object)?;
            matches!(object, "globalThis" | "window" | "self").then(|| member.property.name.as_str())
        }
        other => identifier(other),
    }
}

fn is_method_of_function(callee: &Expression<'_>) -> bool {
    let calls = |name: &str| matches!(name, "apply" | "call" | "bind");
    member(callee).is_some_and(|(object, name)| calls(&name) && identifier(object) == Some("Function"))
}

fn passes_function(arguments: &[Argument<'_>]) -> bool {
    let is_function = |argument: &Argument<'_>| argument.as_expression().and_then(identifier) == Some("Function");
    arguments.iter().any(is_function)
}

fn is_text(argument: Option<&Argument<'_>>) -> bool {
    matches!(
        argument,
        Some(Argument::StringLiteral(_) | Argument::TemplateLiteral(_))
    )
}

/// `URL.createObjectURL(…)`, or an address that begins with `data:` or `blob:`.
fn is_made_up(argument: Option<&Argument<'_>>) -> bool {
    let Some(expression) = argument.and_then(Argument::as_expression) else {
        return false;
    };
    match expression.without_parentheses() {
        Expression::StringLiteral(text) => text.value.starts_with("data:") || text.value.starts_with("blob:"),
        Expression::CallExpression(call) => member(&call.callee).is_some_and(|(_, name)| name == "createObjectURL"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<(usize, usize, Evaluation)> {
        let facts = super::super::scan(source).expect("JavaScript");
        facts
            .forbidden
            .iter()
            .map(|place| (place.line, place.column, place.evaluation))
            .collect()
    }

    #[test]
    fn text_that_becomes_code_is_found() {
        assert_eq!(
            found("var a = 1;\n  eval(UTF8ToString(ptr));\n(0, eval)('2'); globalThis.eval(x)"),
            [
                (2, 3, Evaluation::Eval),
                (3, 1, Evaluation::Eval),
                (3, 17, Evaluation::Eval)
            ]
        );
        assert_eq!(
            found("new Function('a', b);\nnew_(Function, args1).apply(null, args2);\nvar f = Function.apply(null, x);"),
            [
                (1, 1, Evaluation::Function),
                (2, 1, Evaluation::Function),
                (3, 9, Evaluation::Function)
            ]
        );
        assert_eq!(
            found("new Worker(URL.createObjectURL(blob)); new Worker('data:text/javascript,0'); setTimeout('f()', 3)"),
            [
                (1, 1, Evaluation::Worker),
                (1, 40, Evaluation::Worker),
                (1, 78, Evaluation::Timer)
            ]
        );
    }

    #[test]
    fn what_only_looks_like_it_is_not() {
        assert!(
            found("x.eval(y); f instanceof Function; new Worker(url); setTimeout(f, 3); Function.prototype.f = 1;")
                .is_empty()
        );
    }
}
