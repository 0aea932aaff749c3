//! Where main is called, what the glue does with its result, and what it does next.

use std::collections::BTreeSet;
use std::ops::Range;

use oxc_ast::ast::*;
use oxc_ast_visit::{Visit, walk};
use oxc_span::GetSpan;
use oxc_syntax::operator::UnaryOperator;
use oxc_syntax::scope::ScopeFlags;

use super::syntax::{bound, call, identifier, member, range};
use super::{Handler, MainCall, MainPlaces, Sequel};

/// Finds these places. `symbols` are the names of the variables that hold the export main.
pub(super) fn find(program: &Program<'_>, symbols: &BTreeSet<String>) -> MainPlaces {
    let mut calls = Finder::new(symbols.clone(), Goal::Main);
    calls.visit_program(program);
    let callers: BTreeSet<String> = calls
        .places
        .calls
        .iter()
        .filter_map(|call| call.function.clone())
        .collect();
    let mut places = calls.places;
    let mut sequels = Finder::new(callers, Goal::Sequel);
    sequels.visit_program(program);
    places.sequels = sequels.places.sequels;
    places
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Goal {
    /// Calls of main itself.
    Main,
    /// What follows a call of a function that calls main.
    Sequel,
}

/// A function that is being read.
struct Frame {
    name: Option<String>,
    is_async: bool,
    /// Start of its body, after the directives; `None` if its body is an expression.
    body: Option<usize>,
    /// Variables of this function that hold what is looked for: `var entryFunction = _main`.
    aliases: BTreeSet<String>,
}

struct Finder {
    symbols: BTreeSet<String>,
    goal: Goal,
    frames: Vec<Frame>,
    /// The name that the next function expression is given by its declaration.
    pending_name: Option<String>,
    /// The catch clause of the block that starts here.
    handlers: Vec<(u32, Handler)>,
    places: MainPlaces,
    /// For each call that is found, how many functions are around it.
    depths: Vec<usize>,
}

impl Finder {
    fn new(symbols: BTreeSet<String>, goal: Goal) -> Self {
        Finder {
            symbols,
            goal,
            frames: Vec::new(),
            pending_name: None,
            handlers: Vec::new(),
            places: MainPlaces::default(),
            depths: Vec::new(),
        }
    }

    fn names_target(&self, expression: &Expression<'_>) -> bool {
        if let Some(name) = identifier(expression) {
            return self.symbols.contains(name) || self.frames.last().is_some_and(|frame| frame.aliases.contains(name));
        }
        // Module["_main"], which closure keeps.
        self.goal == Goal::Main
            && member(expression).is_some_and(|(object, name)| is_main_property(&name) && identifier(object).is_some())
    }

    /// `x = Module["_main"] = …`: the variable that every function calls main by.
    fn binds_main(&self, value: &Expression<'_>) -> bool {
        let Expression::AssignmentExpression(assignment) = value.without_parentheses() else {
            return false;
        };
        let property = match &assignment.left {
            AssignmentTarget::StaticMemberExpression(member) => member.property.name.as_str(),
            AssignmentTarget::ComputedMemberExpression(member) => match &member.expression {
                Expression::StringLiteral(key) => key.value.as_str(),
                _ => return false,
            },
            _ => return false,
        };
        self.goal == Goal::Main && is_main_property(property)
    }

    fn target_call<'t, 'a>(&self, expression: &'t Expression<'a>) -> Option<&'t CallExpression<'a>> {
        call(expression).filter(|call| self.names_target(&call.callee))
    }

    fn statements(&mut self, list: &[Statement<'_>], handler: Option<&Handler>) {
        for (position, statement) in list.iter().enumerate() {
            let after = &list[position + 1..];
            self.outer_rest(statement, after);
            match self.goal {
                Goal::Main => self.main_call(statement, after, handler),
                Goal::Sequel => self.sequel(statement, after),
            }
        }
    }

    /// Notes what follows the statement that a call is somewhere inside of, in the same function.
    fn outer_rest(&mut self, statement: &Statement<'_>, after: &[Statement<'_>]) {
        if after.is_empty() {
            return;
        }
        let (around, depth) = (range(statement.span()), self.frames.len());
        for (call, call_depth) in self.places.calls.iter_mut().zip(&self.depths) {
            let inside = around.start <= call.call.start && call.call.end <= around.end;
            if inside && *call_depth == depth {
                call.outer_rest.push(extent(after, around.end));
            }
        }
    }

    fn main_call(&mut self, statement: &Statement<'_>, after: &[Statement<'_>], handler: Option<&Handler>) {
        let (found, declares) = match statement {
            Statement::VariableDeclaration(declaration) => {
                // What other declarators do comes before, as it is written; only the last can be the call.
                let Some(last) = declaration.declarations.last() else {
                    return;
                };
                let Some(found) = last.init.as_ref().and_then(|init| self.target_call(init)) else {
                    return;
                };
                (found, bound(&last.id).map(str::to_owned))
            }
            Statement::ExpressionStatement(statement) => match self.first_call(&statement.expression) {
                Some(found) => (found, None),
                None => return,
            },
            Statement::ReturnStatement(statement) => {
                match statement.argument.as_ref().and_then(|value| self.first_call(value)) {
                    Some(found) => (found, None),
                    None => return,
                }
            }
            _ => return,
        };
        let Some(frame) = self.frames.last() else {
            return;
        };
        let scope = self
            .frames
            .len()
            .checked_sub(2)
            .and_then(|outer| self.frames[outer].body);
        self.depths.push(self.frames.len());
        self.places.calls.push(MainCall {
            statement: range(statement.span()),
            call: range(found.span),
            declares,
            rest: extent(after, range(statement.span()).end),
            handler: handler.cloned(),
            outer_rest: Vec::new(),
            in_async: frame.is_async,
            function: frame.name.clone(),
            scope,
        });
    }

    /// The call, where it is the first thing that an expression evaluates: `main()`, `exitRuntime(main())`, `x = main()`.
    fn first_call<'t, 'a>(&self, expression: &'t Expression<'a>) -> Option<&'t CallExpression<'a>> {
        if let Some(found) = self.target_call(expression) {
            return Some(found);
        }
        match expression.without_parentheses() {
            Expression::CallExpression(outer) => {
                identifier(&outer.callee)?;
                self.first_call(outer.arguments.first()?.as_expression()?)
            }
            Expression::AssignmentExpression(assignment) => {
                match &assignment.left {
                    AssignmentTarget::AssignmentTargetIdentifier(_) => {}
                    _ => return None,
                }
                self.first_call(&assignment.right)
            }
            _ => None,
        }
    }

    /// `if (shouldRunNow) callMain(args);` and what follows it.
    fn sequel(&mut self, statement: &Statement<'_>, after: &[Statement<'_>]) {
        let (Some(frame), false) = (self.frames.last(), after.is_empty()) else {
            return;
        };
        let is_call = match statement {
            Statement::ExpressionStatement(statement) => self.conditional_call(&statement.expression),
            Statement::IfStatement(condition) if condition.alternate.is_none() => match &condition.consequent {
                Statement::ExpressionStatement(statement) => self.conditional_call(&statement.expression),
                Statement::BlockStatement(block) => matches!(
                    block.body.as_slice(),
                    [Statement::ExpressionStatement(statement)] if self.conditional_call(&statement.expression)
                ),
                _ => false,
            },
            _ => false,
        };
        if is_call {
            self.places.sequels.push(Sequel {
                statements: extent(after, range(statement.span()).end),
                in_async: frame.is_async,
            });
        }
    }

    /// `callMain(args)` and closure's `shouldRunNow && callMain(args)`.
    fn conditional_call(&self, expression: &Expression<'_>) -> bool {
        match expression.without_parentheses() {
            Expression::LogicalExpression(logical) => self.target_call(&logical.right).is_some(),
            other => self.target_call(other).is_some(),
        }
    }

    /// `if (!keepRuntimeAlive()) { try { _exit(EXITSTATUS) } catch (e) { handleException(e) } }`.
    fn implicit_exit(&mut self, condition: &IfStatement<'_>) {
        let Expression::UnaryExpression(test) = condition.test.without_parentheses() else {
            return;
        };
        if test.operator != UnaryOperator::LogicalNot || condition.alternate.is_some() {
            return;
        }
        let Some(asks) = call(&test.argument) else {
            return;
        };
        if !asks.arguments.is_empty() {
            return;
        }
        let attempt = match &condition.consequent {
            Statement::TryStatement(attempt) => attempt,
            Statement::BlockStatement(block) => match block.body.as_slice() {
                [Statement::TryStatement(attempt)] => attempt,
                _ => return,
            },
            _ => return,
        };
        let exits = match attempt.block.body.as_slice() {
            [Statement::ExpressionStatement(statement)] => call(&statement.expression),
            _ => None,
        };
        let exits_with_a_variable = exits.is_some_and(
            |call| matches!(call.arguments.as_slice(), [only] if only.as_expression().and_then(identifier).is_some()),
        );
        if exits_with_a_variable && attempt.handler.is_some() {
            self.places.implicit_exits.push(range(condition.test.span()));
        }
    }

    fn frame(&mut self, name: Option<String>, is_async: bool, body: Option<&FunctionBody<'_>>) {
        self.frames.push(Frame {
            name,
            is_async,
            body: body.map(|body| {
                let brace = range(body.span).start + 1;
                body.directives
                    .last()
                    .map_or(brace, |directive| range(directive.span).end)
            }),
            aliases: BTreeSet::new(),
        });
    }
}

/// What main is called among the module's properties.
fn is_main_property(name: &str) -> bool {
    matches!(name, "_main" | "__start" | "___main_argc_argv")
}

/// From the first statement to the end of the last; empty at `otherwise` if there are none.
fn extent(statements: &[Statement<'_>], otherwise: usize) -> Range<usize> {
    match (statements.first(), statements.last()) {
        (Some(first), Some(last)) => range(first.span()).start..range(last.span()).end,
        _ => otherwise..otherwise,
    }
}

impl<'a> Visit<'a> for Finder {
    fn visit_function(&mut self, function: &Function<'a>, flags: ScopeFlags) {
        let pending = self.pending_name.take();
        let name = function.id.as_ref().map(|id| id.name.as_str().to_owned()).or(pending);
        self.frame(name, function.r#async, function.body.as_deref());
        walk::walk_function(self, function, flags);
        self.frames.pop();
    }

    fn visit_arrow_function_expression(&mut self, arrow: &ArrowFunctionExpression<'a>) {
        let name = self.pending_name.take();
        self.frame(name, arrow.r#async, arrow.body.as_function_body());
        walk::walk_arrow_function_expression(self, arrow);
        self.frames.pop();
    }

    fn visit_variable_declarator(&mut self, declarator: &VariableDeclarator<'a>) {
        let name = bound(&declarator.id);
        match (&declarator.init, name) {
            (Some(Expression::FunctionExpression(_) | Expression::ArrowFunctionExpression(_)), Some(name)) => {
                self.pending_name = Some(name.to_owned());
            }
            (Some(init), Some(name)) if self.binds_main(init) => {
                self.symbols.insert(name.to_owned());
            }
            (Some(init), Some(name)) if self.goal == Goal::Main && self.names_target(init) => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.aliases.insert(name.to_owned());
                }
            }
            _ => {}
        }
        walk::walk_variable_declarator(self, declarator);
        self.pending_name = None;
    }

    /// Closure declares all variables first: `d = Module._main`.
    fn visit_assignment_expression(&mut self, assignment: &AssignmentExpression<'a>) {
        if let AssignmentTarget::AssignmentTargetIdentifier(target) = &assignment.left
            && self.goal == Goal::Main
            && self.names_target(&assignment.right)
            && let Some(frame) = self.frames.last_mut()
        {
            frame.aliases.insert(target.name.as_str().to_owned());
        }
        walk::walk_assignment_expression(self, assignment);
    }

    fn visit_function_body(&mut self, body: &FunctionBody<'a>) {
        // Aliases are declared before they are called, so the body is walked first.
        walk::walk_function_body(self, body);
        self.statements(&body.statements, None);
    }

    fn visit_try_statement(&mut self, attempt: &TryStatement<'a>) {
        if let Some(clause) = &attempt.handler {
            let parameter = clause.param.as_ref().map(|parameter| range(parameter.span));
            let body = range(clause.body.span);
            self.handlers.push((
                attempt.block.span.start,
                Handler {
                    parameter,
                    body: body.start + 1..body.end - 1,
                },
            ));
        }
        walk::walk_try_statement(self, attempt);
    }

    fn visit_block_statement(&mut self, block: &BlockStatement<'a>) {
        let handler = self
            .handlers
            .iter()
            .find(|(start, _)| *start == block.span.start)
            .map(|(_, handler)| handler.clone());
        walk::walk_block_statement(self, block);
        self.statements(&block.body, handler.as_ref());
    }

    fn visit_if_statement(&mut self, condition: &IfStatement<'a>) {
        if self.goal == Goal::Main {
            self.implicit_exit(condition);
        }
        walk::walk_if_statement(self, condition);
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        if self.goal == Goal::Main
            && identifier(&call.callee) == Some("readyPromiseResolve")
            && let [Argument::Identifier(argument)] = call.arguments.as_slice()
        {
            self.places.ready.push(range(argument.span));
        }
        walk::walk_call_expression(self, call);
    }
}
