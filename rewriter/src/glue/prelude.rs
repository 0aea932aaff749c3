//! The host script: the modules of `host/` joined into one classic script, which edited glue carries at its
//! top and which a custom loader of a lone wasm includes.

use std::fmt::Write as _;

use oxc_allocator::Allocator;
use oxc_ast::ast::Statement;
use oxc_codegen::{Codegen, CodegenOptions};
use oxc_parser::Parser;
use oxc_span::{GetSpan, SourceType};

use super::sources::SOURCES;

/// What the host script is made with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostOptions {
    /// Export fields that become promising functions, main's among them.
    pub promising: Vec<String>,
    /// Settings that the host reads, name and value, values as JSON where they are JSON and as strings otherwise.
    pub settings: Vec<(String, String)>,
    /// The export field with which JavaScript frees what it has put on the C stack.
    pub stack_restore: Option<String>,
}

impl HostOptions {
    /// The argument of `createDirectSockets`, in JavaScript.
    fn to_javascript(&self) -> String {
        let mut options = serde_json::Map::new();
        for (name, value) in &self.settings {
            let value = serde_json::from_str(value).unwrap_or_else(|_| value.as_str().into());
            options.insert(name.clone(), value);
        }
        options.insert("promising".into(), self.promising.clone().into());
        if let Some(field) = &self.stack_restore {
            options.insert("stackRestore".into(), field.as_str().into());
        }
        serde_json::Value::Object(options).to_string()
    }
}

/// An expression that makes the object which the edited glue uses. It is strict, as the modules are that it
/// is made of.
pub fn prelude(options: &HostOptions) -> String {
    let mut script = String::from("(()=>{\"use strict\";");
    for (_, source) in SOURCES {
        script.push_str(&classic(source));
    }
    let _ = write!(
        script,
        "return adaptToGlue(createDirectSockets({}))}})()",
        options.to_javascript()
    );
    script
}

/// The host script on its own, for a loader that is not emcc's: a classic script that sets
/// `globalThis.directSockets`, and a CommonJS module.
pub fn host_script(options: &HostOptions) -> String {
    format!(
        "globalThis.directSockets={};\n\
         if(typeof module===\"object\"&&module.exports)module.exports=globalThis.directSockets;\n",
        prelude(options)
    )
}

/// A module's declarations as statements of a classic script, without comments and blanks.
fn classic(source: &str) -> String {
    let statements = declarations(source);
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, &statements, SourceType::script()).parse();
    if !parsed.diagnostics.is_empty() {
        // A test sees to it that this does not happen; if it does, the text as it was written still runs.
        return statements;
    }
    let options = CodegenOptions::minify();
    Codegen::new().with_options(options).build(&parsed.program).code
}

/// The source without its imports and without the word `export` of its declarations.
fn declarations(source: &str) -> String {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, source, SourceType::mjs()).parse();
    let mut output = String::with_capacity(source.len());
    let mut position = 0;
    for statement in &parsed.program.body {
        let (start, end) = match statement {
            Statement::ImportDeclaration(import) => (import.span.start, import.span.end),
            Statement::ExportDeclaration(export) => (export.span.start, export.declaration.span().start),
            Statement::ExportNamedDeclaration(export) => (export.span.start, export.span.end),
            _ => continue,
        };
        output.push_str(&source[position..start as usize]);
        position = end as usize;
    }
    output.push_str(&source[position..]);
    output
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_module_becomes_statements() {
        let module = "import { a } from './a.js';\n// why\nexport const b = 1;\nexport function c() { return a + b }\n\
                      export async function d() {}\nexport class E {}\nexport { b as bee };\n";
        assert_eq!(
            classic(module).replace('\n', ""),
            "const b=1;function c(){return a+b}async function d(){}class E{}"
        );
    }

    #[test]
    fn the_host_sources_are_the_declarations_that_the_joining_can_handle() {
        for (name, source) in SOURCES {
            let allocator = Allocator::default();
            let parsed = Parser::new(&allocator, source, SourceType::mjs()).parse();
            assert!(
                parsed.diagnostics.is_empty(),
                "{name}: {:?}",
                parsed.diagnostics.first()
            );
            for statement in &parsed.program.body {
                let fine = match statement {
                    Statement::ImportDeclaration(import) => import.source.value.starts_with('.'),
                    Statement::ExportDeclaration(_) => true,
                    Statement::FunctionDeclaration(_)
                    | Statement::ClassDeclaration(_)
                    | Statement::VariableDeclaration(_) => true,
                    _ => false,
                };
                let text = &source[statement.span().start as usize..statement.span().end as usize];
                assert!(fine, "{name}: cannot be joined: {text}");
            }
        }
    }

    #[test]
    fn no_two_host_sources_declare_the_same_name() {
        let mut names = BTreeMap::new();
        for (file, source) in SOURCES {
            let text = declarations(source);
            let allocator = Allocator::default();
            let parsed = Parser::new(&allocator, &text, SourceType::script()).parse();
            for statement in &parsed.program.body {
                let declared = match statement {
                    Statement::FunctionDeclaration(function) => {
                        function.id.iter().map(|id| id.name.to_string()).collect()
                    }
                    Statement::ClassDeclaration(class) => class.id.iter().map(|id| id.name.to_string()).collect(),
                    Statement::VariableDeclaration(declaration) => declaration
                        .declarations
                        .iter()
                        .flat_map(|declarator| declarator.id.get_binding_identifiers())
                        .map(|id| id.name.to_string())
                        .collect(),
                    _ => Vec::new(),
                };
                for name in declared {
                    if let Some(other) = names.insert(name.clone(), file) {
                        panic!("{name} is declared in {other} and in {file}");
                    }
                }
            }
        }
        assert!(names.contains_key("createDirectSockets"));
    }

    #[test]
    fn both_scripts_parse_and_carry_the_options() {
        let options = HostOptions {
            promising: vec!["q".into()],
            settings: vec![("backend".into(), "node".into()), ("trace".into(), "true".into())],
            stack_restore: Some("s".into()),
        };
        let script = host_script(&options);
        assert!(
            script.contains(
                r#"createDirectSockets({"backend":"node","promising":["q"],"stackRestore":"s","trace":true})"#
            ),
            "{script}"
        );
        let allocator = Allocator::default();
        let parsed = Parser::new(&allocator, &script, SourceType::script()).parse();
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics.first());
    }
}
