//! The `invoke_*` functions, which call into the wasm inside a JavaScript try: what they call and what they
//! throw on. They are known by their shape, for closure renames them:
//! `try { return CALLEE(index)(…) } catch (e) { stackRestore(sp); if (TEST) throw e; setThrew(1, 0) }`.

use oxc_ast::ast::*;
use oxc_span::GetSpan;

use super::syntax::{call, identifier, member, range};

/// What one such function says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InvokeShape {
    /// The function that it calls with all its arguments, by its JavaScript symbol (`dynCall_vi`).
    pub(super) callee: Option<String>,
    /// The predicate, `e => e !== e + 0`.
    pub(super) rethrow: String,
    /// The symbol of setThrew.
    pub(super) set_threw: String,
}

/// Reads the statements of a function whose first parameter is `first`.
pub(super) fn invoke_shape(source: &str, first: &str, body: &FunctionBody<'_>) -> Option<InvokeShape> {
    let attempt = body.statements.iter().find_map(|statement| match statement {
        Statement::TryStatement(attempt) => Some(attempt),
        _ => None,
    })?;
    let handler = attempt.handler.as_ref()?;
    let parameter = super::syntax::bound(&handler.param.as_ref()?.pattern)?;
    let rethrow = handler.body.body.iter().find_map(|statement| match statement {
        Statement::IfStatement(condition) if throws(&condition.consequent, parameter) => {
            Some(format!("{parameter}=>{}", &source[range(condition.test.span())]))
        }
        _ => None,
    })?;
    let set_threw = handler.body.body.iter().find_map(set_threw)?;
    let call = attempt.block.body.iter().find_map(|statement| match statement {
        Statement::ReturnStatement(statement) => call(statement.argument.as_ref()?),
        Statement::ExpressionStatement(statement) => call(&statement.expression),
        _ => None,
    })?;
    let names_the_index = |call: &CallExpression<'_>| {
        call.arguments
            .first()
            .and_then(Argument::as_expression)
            .and_then(identifier)
            == Some(first)
    };
    let callee = match super::syntax::call(&call.callee) {
        // getWasmTableEntry(index)(…), wasmTable.get(index)(…)
        Some(entry) if names_the_index(entry) => None,
        Some(_) => return None,
        // dynCall_vi(index, …), Module["dynCall_vi"](index, …)
        None if names_the_index(call) => Some(match member(&call.callee) {
            Some((_, name)) => name.into_owned(),
            None => identifier(&call.callee)?.to_owned(),
        }),
        None => return None,
    };
    Some(InvokeShape {
        callee,
        rethrow,
        set_threw,
    })
}

fn throws(statement: &Statement<'_>, parameter: &str) -> bool {
    match statement {
        Statement::ThrowStatement(statement) => identifier(&statement.argument) == Some(parameter),
        Statement::BlockStatement(block) => {
            matches!(block.body.as_slice(), [only] if throws(only, parameter))
        }
        _ => false,
    }
}

/// The symbol in `_setThrew(1, 0);`.
fn set_threw(statement: &Statement<'_>) -> Option<String> {
    let Statement::ExpressionStatement(statement) = statement else {
        return None;
    };
    let call = call(&statement.expression)?;
    let numbers: Vec<f64> = call
        .arguments
        .iter()
        .filter_map(|argument| match argument.as_expression()? {
            Expression::NumericLiteral(number) => Some(number.value),
            // -sMEMORY64 passes a pointer: 0n.
            Expression::BigIntLiteral(_) => Some(0.0),
            _ => None,
        })
        .collect();
    match numbers.as_slice() {
        [1.0, 0.0] | [1.0] => match member(&call.callee) {
            Some((_, name)) => Some(name.into_owned()),
            None => identifier(&call.callee).map(str::to_owned),
        },
        _ => None,
    }
}
