//! The two maps between JavaScript symbols and the names in the wasm: the import object and the exports.

use std::collections::{BTreeMap, BTreeSet};

use oxc_ast::ast::*;

use super::invoke::{InvokeShape, invoke_shape};
use super::syntax::{bound, call, identifier, member, target};

/// Names that Emscripten gives the import object where nothing renames it.
const IMPORT_OBJECTS: [&str; 3] = ["asmLibraryArg", "wasmImports", "asmImports"];

/// An object literal that may be the import object.
#[derive(Debug, Default)]
pub(super) struct Literal {
    /// The variable that holds it.
    pub(super) name: Option<String>,
    /// Field, symbol (empty for a function expression) and, of a function expression, its invoke shape.
    pub(super) entries: Vec<(String, String, Option<InvokeShape>)>,
}

impl Literal {
    /// Reads an object literal. `None`: it has computed keys, spreads or accessors, or no entries.
    pub(super) fn read(source: &str, name: Option<&str>, object: &ObjectExpression<'_>) -> Option<Self> {
        let mut entries = Vec::with_capacity(object.properties.len());
        for property in &object.properties {
            let property = property.as_property()?;
            if property.kind != PropertyKind::Init {
                return None;
            }
            let field = property.key.static_name()?.into_owned();
            let value = property.value.without_parentheses();
            let symbol = match (identifier(value), member(value)) {
                (Some(symbol), _) => symbol.to_owned(),
                (None, Some((_, symbol))) => symbol.into_owned(),
                (None, None) => String::new(),
            };
            entries.push((field, symbol, function_invoke_shape(source, value)));
        }
        (!entries.is_empty()).then(|| Literal {
            name: name.map(str::to_owned),
            entries,
        })
    }

    /// How many of its values carry a name that Emscripten's JavaScript libraries give.
    fn recognised(&self) -> usize {
        self.entries
            .iter()
            .filter(|(_, symbol, _)| is_library_symbol(symbol))
            .count()
    }
}

/// The invoke shape of a function or arrow expression.
pub(super) fn function_invoke_shape(source: &str, value: &Expression<'_>) -> Option<InvokeShape> {
    let (parameters, body) = match value {
        Expression::FunctionExpression(function) => (&function.params, function.body.as_deref()?),
        Expression::ArrowFunctionExpression(arrow) => (&arrow.params, arrow.body.as_function_body()?),
        _ => return None,
    };
    invoke_shape(source, bound(&parameters.items.first()?.pattern)?, body)
}

/// Symbols of C functions start with `_`, and no minifier makes names that long; `invoke_` are generated.
pub(super) fn is_library_symbol(symbol: &str) -> bool {
    (symbol.starts_with('_') && symbol.len() >= 5) || symbol.starts_with("invoke_")
}

/// Whether a name can be a module's in the argument of an instantiation.
fn is_namespace(name: &str) -> bool {
    name.len() == 1 || name == "env" || name.starts_with("wasi_") || name.starts_with("GOT.")
}

/// The variable whose object serves all namespaces in `{env: X, wasi_snapshot_preview1: X}`.
fn import_object_of(literal: &Literal) -> Option<&str> {
    let (_, first, _) = literal.entries.first()?;
    literal
        .entries
        .iter()
        .all(|(field, symbol, _)| is_namespace(field) && symbol == first && !symbol.is_empty())
        .then_some(first.as_str())
}

/// Picks the import object among all object literals of a glue: by its name, by being what the literal of
/// the namespaces refers to, or by what its values are called.
pub(super) fn import_object(literals: &[Literal]) -> Option<&Literal> {
    let largest = |names: &dyn Fn(&Literal) -> bool| {
        literals
            .iter()
            .filter(|literal| names(literal))
            .max_by_key(|literal| literal.entries.len())
    };
    let referred: BTreeSet<&str> = literals.iter().filter_map(import_object_of).collect();
    largest(&|literal| {
        literal
            .name
            .as_deref()
            .is_some_and(|name| IMPORT_OBJECTS.contains(&name))
    })
    .or_else(|| {
        largest(&|literal| {
            literal.name.as_deref().is_some_and(|name| referred.contains(name)) && import_object_of(literal).is_none()
        })
    })
    .or_else(|| {
        literals
            .iter()
            .filter(|literal| literal.recognised() >= 3)
            .max_by_key(|literal| literal.recognised())
    })
}

/// The exports, as they are found.
#[derive(Debug, Default)]
pub(super) struct Exports {
    found: Vec<Binding>,
}

/// `NAME = … = OBJECT.FIELD`.
#[derive(Debug)]
struct Binding {
    names: Vec<String>,
    object: String,
    field: String,
}

impl Exports {
    /// Notes `var NAME = … = EXPORT`.
    pub(super) fn declared(&mut self, name: Option<&str>, value: &Expression<'_>) {
        let mut names: Vec<String> = name.map(str::to_owned).into_iter().collect();
        let mut value = value.without_parentheses();
        while let Expression::AssignmentExpression(assignment) = value {
            names.extend(target(&assignment.left));
            value = assignment.right.without_parentheses();
        }
        if let Some((object, field)) = export(value) {
            self.found.push(Binding { names, object, field });
        }
    }

    /// Notes `A = B = EXPORT`.
    pub(super) fn assigned(&mut self, assignment: &AssignmentExpression<'_>) {
        if let Some(name) = target(&assignment.left) {
            self.declared(Some(&name), &assignment.right);
        }
    }

    /// Symbol to field. Closure renames the variable of the exports: it is known by what is taken from it.
    pub(super) fn fields(self) -> BTreeMap<String, String> {
        let objects: BTreeSet<String> = self
            .found
            .iter()
            .filter(|binding| binding.names.iter().any(|name| is_library_symbol(name)))
            .map(|binding| binding.object.clone())
            .chain(EXPORT_OBJECTS.map(str::to_owned))
            .collect();
        let mut fields = BTreeMap::new();
        for binding in self.found {
            if objects.contains(&binding.object) {
                for name in binding.names {
                    fields.entry(name).or_insert_with(|| binding.field.clone());
                }
            }
        }
        fields
    }
}

/// Names of the object that holds the exports where nothing renames it.
const EXPORT_OBJECTS: [&str; 2] = ["asm", "wasmExports"];

/// The object and the field of an export that an expression takes: `wasmExports["q"]`, `Module["asm"]["q"]`,
/// `createExportWrapper("main", 2)`.
fn export(value: &Expression<'_>) -> Option<(String, String)> {
    if let Some(call) = call(value) {
        if identifier(&call.callee)? != "createExportWrapper" {
            return None;
        }
        return match call.arguments.first()?.as_expression()? {
            Expression::StringLiteral(field) => Some(("wasmExports".to_owned(), field.value.as_str().to_owned())),
            _ => None,
        };
    }
    let (object, field) = member(value)?;
    let object = match member(object) {
        Some((_, name)) if name == "asm" => name.into_owned(),
        Some(_) => return None,
        None => identifier(object).filter(|name| *name != "Module")?.to_owned(),
    };
    Some((object, field.into_owned()))
}
