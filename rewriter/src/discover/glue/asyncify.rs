//! Where the glue of `-sASYNCIFY` instruments the exports, and where it begins to sleep.

use std::ops::Range;

use oxc_ast::ast::*;
use oxc_span::GetSpan;

use super::AsyncifyPlaces;
use super::syntax::{call, identifier, member, range};

/// What has been seen of it.
#[derive(Debug, Default)]
pub(super) struct Asyncify {
    wrapper: Option<Wrapper>,
    sleep: Option<Range<usize>>,
}

/// The function that stands in for an export.
#[derive(Debug)]
struct Wrapper {
    object: String,
    key: Range<usize>,
    call: Range<usize>,
}

impl Asyncify {
    /// Looks for `Asyncify.exportCallStack.push(KEY); try { return original(...args) } finally { … }`.
    pub(super) fn statements(&mut self, list: &[Statement<'_>]) {
        let Some((object, key)) = list.iter().find_map(pushed_export) else {
            return;
        };
        let returned = list.iter().find_map(|statement| match statement {
            Statement::TryStatement(attempt) if attempt.finalizer.is_some() => match attempt.block.body.as_slice() {
                [Statement::ReturnStatement(statement)] => call(statement.argument.as_ref()?),
                _ => None,
            },
            _ => None,
        });
        if let Some(returned) = returned {
            self.wrapper.get_or_insert(Wrapper {
                object,
                key,
                call: range(returned.span),
            });
        }
    }

    /// Looks for the method `handleSleep(startAsync) { … }`.
    pub(super) fn property(&mut self, property: &ObjectProperty<'_>) {
        if property.key.static_name().is_none_or(|name| name != "handleSleep") {
            return;
        }
        if let Expression::FunctionExpression(function) = &property.value
            && let Some(body) = &function.body
        {
            let braces = range(body.span);
            self.sleep.get_or_insert(braces.start + 1..braces.end - 1);
        }
    }

    pub(super) fn places(self, source: &str) -> Option<AsyncifyPlaces> {
        let wrapper = self.wrapper?;
        Some(AsyncifyPlaces {
            object: wrapper.object,
            key: source[wrapper.key].to_owned(),
            call: wrapper.call,
            sleep: self.sleep?,
        })
    }
}

/// The object and the argument of `OBJECT.exportCallStack.push(KEY);`.
fn pushed_export(statement: &Statement<'_>) -> Option<(String, Range<usize>)> {
    let Statement::ExpressionStatement(statement) = statement else {
        return None;
    };
    let push = call(&statement.expression)?;
    let (stack, method) = member(&push.callee)?;
    let (object, name) = member(stack)?;
    let [key] = push.arguments.as_slice() else {
        return None;
    };
    (method == "push" && name == "exportCallStack")
        .then(|| Some((identifier(object)?.to_owned(), range(key.span()))))?
}
