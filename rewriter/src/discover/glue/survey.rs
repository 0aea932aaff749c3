//! One walk over the tree that collects what the other parts of the survey judge.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use oxc_ast::ast::*;
use oxc_ast_visit::{Visit, walk};
use oxc_span::GetSpan;
use oxc_syntax::scope::ScopeFlags;

use super::asyncify::Asyncify;
use super::bindings::{Exports, Literal, function_invoke_shape, import_object, is_library_symbol};
use super::csp::Forbidden;
use super::invoke::{InvokeShape, invoke_shape};
use super::syntax::{bound, identifier, member, range};
use super::{GlueFacts, Instantiation, InstantiationKind, Invoke, Style, WasmSource, inline, main_call};

/// Reads everything that a glue tells.
pub(super) fn survey(source: &str, program: &Program<'_>) -> GlueFacts {
    let mut seen = Survey::new(source);
    seen.visit_program(program);
    let import_object = import_object(&seen.literals);
    let imports: BTreeMap<String, String> = import_object
        .iter()
        .flat_map(|literal| &literal.entries)
        .map(|(field, symbol, _)| (field.clone(), symbol.clone()))
        .collect();
    let exports = seen.exports.fields();
    let shapes = import_object
        .map(|literal| invokes(literal, &seen.invokes))
        .unwrap_or_default();
    let invokes = shapes
        .iter()
        .map(|(field, shape)| {
            let callee = shape
                .callee
                .as_ref()
                .map(|symbol| exports.get(symbol).unwrap_or(symbol).clone());
            (field.clone(), Invoke { callee })
        })
        .collect();
    let main = main_call::find(program, &main_symbols(&exports));
    let module = seen.module;
    let has = |name: &str| seen.names.contains(name);
    let factory = factory(program, &seen.instantiations);
    let style = if module {
        Style::EsModule
    } else if seen.minimal {
        Style::Minimal
    } else if factory.is_some() {
        Style::Modularize
    } else {
        Style::Script
    };
    let kinds: BTreeSet<_> = seen.instantiations.iter().map(|place| place.kind as u8).collect();
    let mut facts = GlueFacts {
        style,
        factory,
        era: era(&seen.names).into(),
        wasm: seen.inline.unwrap_or_else(|| wasm_file(&seen.wasm_files)),
        wasm_names: Vec::new(),
        closure: !imports.is_empty() && !imports.values().any(|symbol| is_library_symbol(symbol)),
        rethrow: shapes.first().map(|(_, shape)| shape.rethrow.clone()),
        set_threw: exports
            .get(
                shapes
                    .first()
                    .map_or("_setThrew", |(_, shape)| shape.set_threw.as_str()),
            )
            .cloned(),
        imports,
        exports,
        assertions: [
            "checkStackCookie",
            "legacyModuleProp",
            "unexportedRuntimeFunction",
            "unexportedRuntimeSymbol",
        ]
        .iter()
        .any(|name| has(name)),
        asyncify: has("_asyncify_start_unwind") || has("asyncify_start_unwind"),
        asyncify_places: seen.asyncify.places(source),
        jspi: seen.jspi,
        time32: seen.names.contains("asmLibraryArg") && !has_time64(seen.source),
        sync_compilation: kinds.contains(&(InstantiationKind::Instance as u8))
            && !kinds.contains(&(InstantiationKind::Instantiate as u8)),
        instantiations: seen.instantiations,
        main,
        invokes,
        obstacles: Vec::new(),
        start: start(program),
        module,
        socket_limit: seen.socket_limit,
        forbidden: seen.forbidden.places(source),
        keep_runtime_alive: seen.keep_runtime_alive,
    };
    if let WasmSource::File(name) = &facts.wasm {
        facts.wasm_names = seen
            .wasm_files
            .iter()
            .filter(|(file, _, _)| file == name)
            .map(|(_, literal, _)| literal.clone())
            .collect();
    }
    facts.obstacles = obstacles(&seen.names, seen.static_wasm_import, &facts);
    facts
}

/// Where the first statement can be put: after the hashbang and the directives, each of which must come first.
fn start(program: &Program<'_>) -> usize {
    let hashbang = program.hashbang.as_ref().map_or(0, |hashbang| range(hashbang.span).end);
    program
        .directives
        .last()
        .map_or(hashbang, |directive| range(directive.span).end)
}

/// The variable whose function holds the instantiation: `var Module = (() => { … })();`.
fn factory(program: &Program<'_>, places: &[Instantiation]) -> Option<String> {
    let place = places.first()?;
    let holds_it = |init: &Expression<'_>| {
        let function = match init.without_parentheses() {
            Expression::CallExpression(call) => call.callee.without_parentheses().is_function(),
            other => other.is_function(),
        };
        let extent = range(init.span());
        function && extent.start <= place.expression.start && place.expression.end <= extent.end
    };
    let declarations = program.body.iter().filter_map(|statement| match statement {
        Statement::VariableDeclaration(declaration) => Some(&declaration.declarations),
        _ => None,
    });
    declarations
        .flatten()
        .find(|declarator| declarator.init.as_ref().is_some_and(holds_it))
        .and_then(|declarator| bound(&declarator.id))
        .map(str::to_owned)
}

/// The variables that hold main: `_main` of a program, `__start` of a standalone one, and what closure calls them.
fn main_symbols(exports: &BTreeMap<String, String>) -> BTreeSet<String> {
    let known = ["_main", "__start", "___main_argc_argv"];
    let fields: BTreeSet<&String> = known.iter().filter_map(|symbol| exports.get(*symbol)).collect();
    let renamed = exports
        .iter()
        .filter(|(_, field)| fields.contains(field))
        .map(|(symbol, _)| symbol.clone());
    known.iter().map(|symbol| (*symbol).to_owned()).chain(renamed).collect()
}

/// The invoke functions among the imports, in the order of the literal.
fn invokes(literal: &Literal, declared: &BTreeMap<String, InvokeShape>) -> Vec<(String, InvokeShape)> {
    literal
        .entries
        .iter()
        .filter_map(|(field, symbol, shape)| {
            let shape = shape.as_ref().or_else(|| declared.get(symbol))?;
            Some((field.clone(), shape.clone()))
        })
        .collect()
}

/// Whether the glue's own `stat` writes 64-bit times: 3.1.16 and later (time_t had 32 bits for a while before). Seen in
/// `SYSCALLS.doStat`, where a 32-bit time is the milliseconds divided and cut by `|0`, and a 64-bit one is split.
fn has_time64(source: &str) -> bool {
    let mut after = source
        .match_indices("atime.getTime()")
        .map(|(at, text)| &source[at + text.len()..]);
    after.any(|rest| {
        let divided: String = rest.chars().filter(|c| !c.is_whitespace()).take(8).collect();
        let cut = ["/1e3|0", "/1e3)|0", "/1000|0", "/1000)|0"];
        !cut.iter().any(|cut| divided.starts_with(cut))
    })
}

fn era(names: &BTreeSet<&'static str>) -> &'static str {
    if names.contains("assignWasmExports") {
        "6.0"
    } else if names.contains("wasmImports") {
        "3.1.69"
    } else if names.contains("asmLibraryArg") || names.contains("asm") {
        "3.1.6"
    } else {
        "unknown"
    }
}

/// The file that most says it is the one that is loaded.
fn wasm_file(files: &[(String, Range<usize>, bool)]) -> WasmSource {
    let loaded = files.iter().find(|(_, _, loaded)| *loaded);
    match loaded.or(files.first()) {
        Some((name, _, _)) => WasmSource::File(name.clone()),
        None => WasmSource::Unknown,
    }
}

/// What makes a glue one that cannot be retrofitted, as sentences.
fn obstacles(names: &BTreeSet<&'static str>, static_wasm_import: bool, facts: &GlueFacts) -> Vec<String> {
    let has = |name: &str| names.contains(name);
    let mut obstacles = Vec::new();
    let mut refuse = |condition: bool, sentence: &str| {
        if condition {
            obstacles.push(sentence.to_owned());
        }
    };
    refuse(
        has("createDirectSockets"),
        "it is already retrofitted; --upgrade does it anew from what is recorded in it",
    );
    // Not ENVIRONMENT_IS_PTHREAD, which the loader of packaged files asks for in programs without threads too. Where the
    // closure compiler has renamed PThread, the shared memory of the wasm tells.
    refuse(
        has("PThread"),
        "it is built with -pthread: threads are not supported yet",
    );
    // Main is then looked up by its name at run time.
    let dynamic = has("GOT.mem") || has("GOT.func") || has("loadWebAssemblyModule");
    refuse(
        dynamic,
        "it is built with -sMAIN_MODULE: dynamic linking is not supported yet",
    );
    refuse(
        has("wasmfs") || facts.imports.values().any(|symbol| symbol.contains("_wasmfs_")),
        "it is built with -sWASMFS: its descriptors are not those of the JavaScript file system",
    );
    refuse(
        facts
            .imports
            .values()
            .chain(facts.exports.keys())
            .any(|symbol| symbol.contains("websocket_to_posix")),
        "it is built with -sPROXY_POSIX_SOCKETS: its sockets are not imports",
    );
    refuse(
        has("var WebAssembly"),
        "it is built with -sWASM=0: there is no wasm in it",
    );
    refuse(
        static_wasm_import,
        "it is built with -sWASM_ESM_INTEGRATION: a static import of the wasm cannot be hooked",
    );
    let instantiates = facts
        .instantiations
        .iter()
        .any(|place| place.kind != InstantiationKind::Hook);
    refuse(
        !instantiates,
        "no call of WebAssembly.instantiate, WebAssembly.instantiateStreaming or new WebAssembly.Instance was found in it",
    );
    refuse(
        !dynamic && !facts.jspi && facts.main_export().is_some() && facts.main.calls.is_empty(),
        "main is among the exports, but no call of it was found (looked for: a call of the variable that holds _main or \
         __start, as a statement of its own or as the value of a variable)",
    );
    obstacles
}

/// The glue's function that tells whether the program goes on after main has returned.
const KEEP_RUNTIME_ALIVE: &str = "keepRuntimeAlive";

/// Names whose presence says something.
const TELLING: [&str; 20] = [
    "GOT.func",
    "GOT.mem",
    "PThread",
    "_asyncify_start_unwind",
    "asm",
    "asmLibraryArg",
    "assignWasmExports",
    "asyncify_start_unwind",
    "checkStackCookie",
    "createDirectSockets",
    "legacyModuleProp",
    "loadWebAssemblyModule",
    "moduleArg",
    "readyPromiseResolve",
    "unexportedRuntimeFunction",
    "unexportedRuntimeSymbol",
    "wasmExports",
    "wasmImports",
    "wasmfs",
    "var WebAssembly",
];

struct Survey<'s> {
    source: &'s str,
    names: BTreeSet<&'static str>,
    literals: Vec<Literal>,
    exports: Exports,
    invokes: BTreeMap<String, InvokeShape>,
    instantiations: Vec<Instantiation>,
    /// Name, literal, and whether it is given to something that loads it.
    wasm_files: Vec<(String, Range<usize>, bool)>,
    inline: Option<WasmSource>,
    /// Depth of expressions that load a file.
    loading: u32,
    minimal: bool,
    asyncify: Asyncify,
    jspi: bool,
    module: bool,
    static_wasm_import: bool,
    socket_limit: Option<Range<usize>>,
    /// It declares [`KEEP_RUNTIME_ALIVE`].
    forbidden: Forbidden,
    keep_runtime_alive: bool,
}

impl<'s> Survey<'s> {
    fn new(source: &'s str) -> Self {
        Survey {
            source,
            names: BTreeSet::new(),
            literals: Vec::new(),
            exports: Exports::default(),
            invokes: BTreeMap::new(),
            instantiations: Vec::new(),
            wasm_files: Vec::new(),
            inline: None,
            loading: 0,
            minimal: false,
            asyncify: Asyncify::default(),
            jspi: false,
            module: false,
            static_wasm_import: false,
            socket_limit: None,
            forbidden: Forbidden::default(),
            keep_runtime_alive: false,
        }
    }

    fn name(&mut self, name: &str) {
        if let Some(known) = TELLING.iter().find(|known| **known == name) {
            self.names.insert(known);
        }
    }

    fn literal(&mut self, name: Option<&str>, value: &Expression<'_>) {
        if let Expression::ObjectExpression(object) = value.without_parentheses() {
            self.literals.extend(Literal::read(self.source, name, object));
        }
    }

    fn instantiation(
        &mut self,
        callee: &Expression<'_>,
        arguments: &[Argument<'_>],
        expression: Range<usize>,
        constructed: bool,
    ) {
        let Some(kind) = instantiation_kind(callee, constructed) else {
            return;
        };
        // One argument: a module of emcc's own making that imports nothing, or `new Response(…)` gone elsewhere.
        if arguments.len() < 2 || arguments.iter().any(Argument::is_spread) || wraps_a_function(&arguments[1]) {
            return;
        }
        if let Some((object, name)) = arguments[0].as_expression().and_then(member) {
            // MINIMAL_RUNTIME alone has the page put the bytes into Module.wasm.
            self.minimal |= name == "wasm" && identifier(object).is_some();
        }
        self.instantiations.push(Instantiation {
            kind,
            expression,
            callee: range(callee.span()),
            arguments: arguments.iter().map(|argument| range(argument.span())).collect(),
        });
    }

    fn string(&mut self, value: &str, literal: Range<usize>) {
        let quote = if self.source[literal.clone()].starts_with('\'') {
            '\''
        } else {
            '"'
        };
        self.name(value);
        if self.inline.is_none()
            && let Some((bytes, encoding)) = inline::decode(value)
        {
            self.inline = Some(WasmSource::Inline {
                bytes,
                encoding,
                literal,
                quote,
            });
            return;
        }
        let name = value.trim_start_matches("./").trim_start_matches('/');
        let is_file = name.len() > ".wasm".len()
            && name.ends_with(".wasm")
            && name.len() < 256
            && !name.contains(|c: char| c.is_whitespace() || "\"'`()*".contains(c));
        if is_file {
            self.wasm_files.push((name.to_owned(), literal, self.loading > 0));
        }
    }
}

fn is_web_assembly(object: &Expression<'_>) -> bool {
    match member(object) {
        Some((_, name)) => name == "WebAssembly",
        None => identifier(object) == Some("WebAssembly"),
    }
}

fn instantiation_kind(callee: &Expression<'_>, constructed: bool) -> Option<InstantiationKind> {
    // 6.0: var instantiateWasm = Module["instantiateWasm"]; instantiateWasm(info, …)
    if !constructed && identifier(callee) == Some("instantiateWasm") {
        return Some(InstantiationKind::Hook);
    }
    let (object, name) = member(callee)?;
    match (name.as_ref(), constructed) {
        ("instantiateWasm", false) => Some(InstantiationKind::Hook),
        ("instantiate", false) if is_web_assembly(object) => Some(InstantiationKind::Instantiate),
        ("instantiateStreaming", false) if is_web_assembly(object) => Some(InstantiationKind::InstantiateStreaming),
        ("Instance", true) if is_web_assembly(object) => Some(InstantiationKind::Instance),
        _ => None,
    }
}

/// `{e: {f: func}}`, with which addFunction gives a JavaScript function a wasm type.
fn wraps_a_function(imports: &Argument<'_>) -> bool {
    let Some(Expression::ObjectExpression(object)) = imports.as_expression().map(Expression::without_parentheses)
    else {
        return false;
    };
    matches!(object.properties.as_slice(), [only] if only.as_property().is_some_and(|property| {
        property.key.static_name().is_some_and(|name| name == "e")
            && matches!(property.value, Expression::ObjectExpression(_))
    }))
}

/// The number in `assert(….stream.fd < 64)`.
fn socket_limit(call: &CallExpression<'_>) -> Option<Range<usize>> {
    let (Expression::Identifier(callee), [Argument::BinaryExpression(comparison)]) =
        (&call.callee, call.arguments.as_slice())
    else {
        return None;
    };
    let (stream, field) = member(&comparison.left)?;
    let Expression::NumericLiteral(limit) = &comparison.right else {
        return None;
    };
    let is_it = callee.name == "assert"
        && field == "fd"
        && member(stream).is_some_and(|(_, name)| name == "stream")
        && limit.value == 64.0;
    is_it.then(|| range(limit.span))
}

/// Functions that are given the name of the wasm file.
fn loads_a_file(callee: &Expression<'_>) -> bool {
    let name = match member(callee) {
        Some((_, name)) => name,
        None => match identifier(callee) {
            Some(name) => name.into(),
            None => return false,
        },
    };
    matches!(
        name.as_ref(),
        "locateFile" | "fetch" | "readFileSync" | "readBinary" | "URL"
    )
}

impl<'a> Visit<'a> for Survey<'_> {
    fn visit_identifier_reference(&mut self, identifier: &IdentifierReference<'a>) {
        self.name(identifier.name.as_str());
    }

    fn visit_binding_identifier(&mut self, identifier: &BindingIdentifier<'a>) {
        self.name(identifier.name.as_str());
        if identifier.name.as_str() == "WebAssembly" {
            self.name("var WebAssembly");
        }
    }

    fn visit_identifier_name(&mut self, identifier: &IdentifierName<'a>) {
        self.name(identifier.name.as_str());
    }

    fn visit_string_literal(&mut self, literal: &StringLiteral<'a>) {
        if !literal.lone_surrogates {
            self.string(literal.value.as_str(), range(literal.span));
        }
    }

    fn visit_object_expression(&mut self, object: &ObjectExpression<'a>) {
        // The literal of the namespaces has no variable of its own where it is returned or passed on.
        if object.properties.len() <= 4 {
            self.literals.extend(Literal::read(self.source, None, object));
        }
        walk::walk_object_expression(self, object);
    }

    fn visit_object_property(&mut self, property: &ObjectProperty<'a>) {
        self.asyncify.property(property);
        walk::walk_object_property(self, property);
    }

    fn visit_function_body(&mut self, body: &FunctionBody<'a>) {
        self.asyncify.statements(&body.statements);
        walk::walk_function_body(self, body);
    }

    fn visit_variable_declarator(&mut self, declarator: &VariableDeclarator<'a>) {
        let name = bound(&declarator.id);
        if let Some(init) = &declarator.init {
            self.literal(name, init);
            self.exports.declared(name, init);
            if let (Some(name), Some(shape)) = (name, function_invoke_shape(self.source, init)) {
                self.invokes.insert(name.to_owned(), shape);
            }
        }
        self.keep_runtime_alive |= name == Some(KEEP_RUNTIME_ALIVE);
        let loads = name == Some("wasmBinaryFile");
        self.loading += u32::from(loads);
        walk::walk_variable_declarator(self, declarator);
        self.loading -= u32::from(loads);
    }

    fn visit_assignment_expression(&mut self, assignment: &AssignmentExpression<'a>) {
        self.exports.assigned(assignment);
        let mut loads = false;
        if let AssignmentTarget::AssignmentTargetIdentifier(variable) = &assignment.left {
            self.literal(Some(variable.name.as_str()), &assignment.right);
            loads = variable.name.as_str() == "wasmBinaryFile";
        }
        self.loading += u32::from(loads);
        walk::walk_assignment_expression(self, assignment);
        self.loading -= u32::from(loads);
    }

    fn visit_function(&mut self, function: &Function<'a>, flags: ScopeFlags) {
        let name = function.id.as_ref().map(|id| id.name.as_str());
        self.keep_runtime_alive |= name == Some(KEEP_RUNTIME_ALIVE);
        if let (Some(id), Some(first), Some(body)) =
            (&function.id, function.params.items.first(), function.body.as_deref())
            && let Some(first) = bound(&first.pattern)
            && let Some(shape) = invoke_shape(self.source, first, body)
        {
            self.invokes.insert(id.name.as_str().to_owned(), shape);
        }
        walk::walk_function(self, function, flags);
    }

    fn visit_call_expression(&mut self, expression: &CallExpression<'a>) {
        self.instantiation(&expression.callee, &expression.arguments, range(expression.span), false);
        if let Some((object, name)) = member(&expression.callee) {
            self.jspi |= name == "promising" && is_web_assembly(object);
        }
        if self.socket_limit.is_none() {
            self.socket_limit = socket_limit(expression);
        }
        self.forbidden.call(expression);
        let loads = loads_a_file(&expression.callee);
        self.loading += u32::from(loads);
        walk::walk_call_expression(self, expression);
        self.loading -= u32::from(loads);
    }

    fn visit_new_expression(&mut self, expression: &NewExpression<'a>) {
        self.instantiation(&expression.callee, &expression.arguments, range(expression.span), true);
        if let Some((object, name)) = member(&expression.callee) {
            self.jspi |= name == "Suspending" && is_web_assembly(object);
        }
        self.forbidden.construction(expression);
        let loads = loads_a_file(&expression.callee);
        self.loading += u32::from(loads);
        walk::walk_new_expression(self, expression);
        self.loading -= u32::from(loads);
    }

    fn visit_import_declaration(&mut self, import: &ImportDeclaration<'a>) {
        self.module = true;
        self.static_wasm_import |= import.phase.is_some() || import.source.value.as_str().ends_with(".wasm");
        walk::walk_import_declaration(self, import);
    }

    fn visit_import_expression(&mut self, import: &ImportExpression<'a>) {
        self.static_wasm_import |= import.phase.is_some();
        walk::walk_import_expression(self, import);
    }

    fn visit_export_default_declaration(&mut self, export: &ExportDefaultDeclaration<'a>) {
        self.module = true;
        walk::walk_export_default_declaration(self, export);
    }

    fn visit_export_named_declaration(&mut self, export: &ExportNamedDeclaration<'a>) {
        self.module = true;
        walk::walk_export_named_declaration(self, export);
    }

    fn visit_export_declaration(&mut self, export: &ExportDeclaration<'a>) {
        self.module = true;
        walk::walk_export_declaration(self, export);
    }

    fn visit_import_meta(&mut self, _: &ImportMeta) {
        self.module = true;
    }
}
