//! Edits of the JavaScript: the places that `discover` found, changed as text splices. The rest of the file
//! stays byte for byte.
//!
//! What is put in is small. At the top stands the host script, whose object the edits use: instantiations go
//! through it, and where main's call may answer a promise, what the glue does after main (exit code, atexit,
//! flushing, `postRun`, a factory's promise) is done when main has ended. The text of that is the glue's own.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::discover::glue::{
    GlueError, GlueFacts, Instantiation, InstantiationKind, MainCall, WasmSource, inline, scan,
};

mod prelude;
mod sources;
mod splice;
pub mod symbols;

pub use prelude::{HostOptions, host_script, prelude};
pub use splice::{Edit, Overlap, apply};

/// What is to be changed.
#[derive(Clone, Debug, Default)]
pub struct GlueRequest<'a> {
    /// What the host script is made with. Without promising exports main stays as it is.
    pub host: HostOptions,
    /// The name that the new wasm is loaded by, if it changes.
    pub wasm_name: Option<&'a str>,
}

/// What stands for an inline wasm until its bytes are known: they record what was done to the JavaScript.
const WASM_PLACEHOLDER: &str = "\"direct_sockets:wasm\"";

/// A glue without its inline wasm, if it has one: a placeholder stands there.
#[must_use]
pub fn without_wasm(source: &str, facts: &GlueFacts) -> String {
    match &facts.wasm {
        WasmSource::Inline { literal, .. } => {
            let (before, after) = (&source[..literal.start], &source[literal.end..]);
            format!("{before}{WASM_PLACEHOLDER}{after}")
        }
        _ => source.to_owned(),
    }
}

/// The glue with an inline wasm in place of the placeholder, spelled as in the glue that `facts` are of.
#[must_use]
pub fn with_wasm(source: String, facts: &GlueFacts, wasm: &[u8]) -> String {
    match &facts.wasm {
        WasmSource::Inline { encoding, quote, .. } => {
            source.replacen(WASM_PLACEHOLDER, &inline::encode(wasm, *encoding, *quote), 1)
        }
        _ => source,
    }
}

/// A changed glue. An inline wasm is a placeholder in it, see [`with_wasm`].
#[derive(Clone, Debug)]
pub struct Edited {
    /// Its text.
    pub source: String,
    /// What was changed, in the order of the file.
    pub edits: Vec<Edit>,
}

/// Why a glue could not be changed.
#[derive(Clone, Debug, Error)]
pub enum EditError {
    /// Two edits want the same place.
    #[error(transparent)]
    Overlap(#[from] Overlap),
    /// What came out is not JavaScript any more.
    #[error("the changed glue does not parse, so nothing is written: {0}")]
    Broken(GlueError),
    /// A new file name was given, but the glue names no file.
    #[error("the glue names no wasm file whose name could be changed")]
    NoWasmName,
}

/// Edits a glue.
pub fn edit(source: &str, facts: &GlueFacts, request: &GlueRequest<'_>) -> Result<Edited, EditError> {
    edit_with(source, facts, request, &prelude(&request.host))
}

/// Edits a glue with a host script of the caller's: `host` is an expression.
pub fn edit_with(source: &str, facts: &GlueFacts, request: &GlueRequest<'_>, host: &str) -> Result<Edited, EditError> {
    let names = Names::choose(source, facts);
    let mut editor = Editor {
        source,
        facts,
        names: &names,
        edits: splice::Edits::default(),
    };
    editor.prelude(host);
    for place in &facts.instantiations {
        editor.instantiation(place);
    }
    if !request.host.promising.is_empty() && !facts.jspi {
        editor.main();
        editor.asyncify();
    }
    editor.socket_limit();
    editor.wasm(request)?;
    let edits = editor.edits.sorted();
    let edited = apply(source, &edits)?;
    scan(&edited).map_err(EditError::Broken)?;
    Ok(Edited { source: edited, edits })
}

/// The variables that the edits add.
struct Names {
    /// The host script's object.
    host: String,
    /// The promise of main's end while main is suspended.
    main: String,
    /// Main's result where the glue has no variable for it.
    result: String,
}

impl Names {
    /// Names that the glue does not use. In scripts they carry a part of the glue's hash: several programs
    /// may share one global scope.
    fn choose(source: &str, facts: &GlueFacts) -> Names {
        let suffix = if facts.module {
            String::new()
        } else {
            let hash = Sha256::digest(source.as_bytes());
            hash.iter()
                .take(4)
                .fold(String::from("_"), |name, byte| format!("{name}{byte:02x}"))
        };
        let unused = |stem: &str| {
            let mut name = format!("{stem}{suffix}");
            while source.contains(&name) {
                name.push('_');
            }
            name
        };
        Names {
            host: unused("directSockets"),
            main: unused("directSocketsMain"),
            result: unused("directSocketsResult"),
        }
    }
}

struct Editor<'a> {
    source: &'a str,
    facts: &'a GlueFacts,
    names: &'a Names,
    edits: splice::Edits,
}

impl Editor<'_> {
    fn text(&self, range: &std::ops::Range<usize>) -> &str {
        &self.source[range.clone()]
    }

    fn prelude(&mut self, host: &str) {
        let separator = if self.facts.start == 0 { "" } else { "\n;" };
        self.edits.insert(
            self.facts.start,
            format!("{separator}var {}={host};\n", self.names.host),
            "the host script",
        );
    }

    /// The third argument of what instantiates: which exceptions the glue's `invoke_*` throw on, and whether
    /// the program goes on after main has returned. Suspended calls are kept alive by other edits.
    fn extra(&self) -> String {
        let mut properties = Vec::new();
        if let Some(predicate) = &self.facts.rethrow {
            properties.push(format!("rethrow:{predicate}"));
        }
        if self.facts.keep_runtime_alive {
            properties.push("keepalive:{push(){},pop(){},alive:()=>keepRuntimeAlive()}".to_owned());
        }
        if properties.is_empty() {
            return String::new();
        }
        format!(",{{{}}}", properties.join(","))
    }

    fn instantiation(&mut self, place: &Instantiation) {
        let [first, second, ..] = place.arguments.as_slice() else {
            return;
        };
        let host = &self.names.host;
        let extra = self.extra();
        let (method, reason) = match place.kind {
            InstantiationKind::Instantiate => ("instantiate", "instantiate with the socket imports"),
            InstantiationKind::InstantiateStreaming => ("instantiateStreaming", "instantiate with the socket imports"),
            InstantiationKind::Instance => ("Instance", "instantiate with the socket imports"),
            InstantiationKind::Hook => {
                let reason = "give the page's own instantiation the socket imports";
                self.edits
                    .insert(place.callee.start, format!("{host}.hook((imports,receive)=>"), reason);
                self.edits
                    .replace(place.callee.end..first.start, "(imports,receive),", reason);
                if !extra.is_empty() {
                    self.edits.insert(second.end, extra, reason);
                }
                return;
            }
        };
        self.edits
            .replace(place.callee.clone(), format!("{host}.{method}"), reason);
        if !extra.is_empty() {
            self.edits.insert(second.end, extra, reason);
        }
    }

    fn main(&mut self) {
        let places = &self.facts.main;
        if places.calls.is_empty() {
            return;
        }
        let scopes: BTreeSet<Option<usize>> = places.calls.iter().map(|call| call.scope).collect();
        for scope in scopes {
            let main = &self.names.main;
            let (at, text) = match scope {
                Some(at) => (at, format!("var {main};")),
                None => (self.facts.start, format!("var {main};\n")),
            };
            let separator = if self.source[..at].ends_with(['"', '\'']) {
                ";"
            } else {
                ""
            };
            self.edits
                .insert(at, format!("{separator}{text}"), "remember that main is suspended");
        }
        for call in &places.calls {
            self.main_call(call);
        }
        for sequel in &places.sequels {
            let main = &self.names.main;
            // A factory of 3.1 gives what main throws to its promise, which is settled by then.
            let settled = if places.ready.is_empty() {
                ""
            } else {
                ".catch(readyPromiseReject)"
            };
            let text = if sequel.in_async {
                format!("if({main})await {main};")
            } else {
                let statements = self.text(&sequel.statements);
                format!("if({main})return {main}.then(()=>{{{statements}}}){settled};")
            };
            self.edits
                .insert(sequel.statements.start, text, "go on when main has ended");
        }
        for condition in &places.implicit_exits {
            self.edits.insert(
                condition.start,
                format!("!{}&&", self.names.main),
                "a callback does not end a program whose main is suspended",
            );
        }
        for module in &places.ready {
            let module_name = self.text(module).to_owned();
            let main = &self.names.main;
            self.edits.replace(
                module.clone(),
                format!("Promise.resolve().then(()=>{main}).then(()=>{module_name},()=>{module_name})"),
                "the factory's promise settles when main has ended, as it did",
            );
        }
    }

    /// What stands after main's call in its block is done when main has ended, and so is what the block's
    /// catch clause does with what main throws.
    fn main_call(&mut self, place: &MainCall) {
        let names = self.names;
        let reason = "main may be suspended";
        let asynchronous = if place.in_async { "async " } else { "" };
        let handler = match &place.handler {
            Some(handler) => {
                let parameter = handler.parameter.as_ref().map_or("", |range| self.text(range));
                format!(
                    "{asynchronous}({parameter})=>{{{}=0;{}}}",
                    names.main,
                    self.text(&handler.body)
                )
            }
            None => format!("error=>{{{}=0;throw error}}", names.main),
        };
        let outer: String = place
            .outer_rest
            .iter()
            .map(|statements| format!("{};", self.text(statements)))
            .collect();
        let guard = |result: &str, done: &str| {
            let finish = format!(
                "{main}={host}.finish({result},{asynchronous}{result}=>{{{main}=0;{done}}},{handler})",
                host = names.host,
                main = names.main,
            );
            let finish = if outer.is_empty() {
                finish
            } else {
                format!("({finish}).then({asynchronous}()=>{{{outer}}})")
            };
            format!("if({}.isPending({result}))return {finish};", names.host)
        };
        let rest = self.text(&place.rest);
        let statement = self.text(&place.statement);
        if let Some(result) = &place.declares {
            let separator = if statement.ends_with(';') { "" } else { ";" };
            let text = format!("{separator}{}", guard(result, rest));
            self.edits.insert(place.statement.end, text, reason);
            return;
        }
        let result = &names.result;
        let call = self.text(&place.call);
        let before = &self.source[place.statement.start..place.call.start];
        let after = &self.source[place.call.end..place.statement.end];
        let separator = if after.ends_with(';') { "" } else { ";" };
        let done = format!("{before}{result}{after}{separator}{rest}");
        let text = format!("var {result}={call};{}", guard(result, &done));
        self.edits.insert(place.statement.start, text, reason);
        self.edits.replace(place.call.clone(), result.clone(), reason);
    }

    /// emscripten_sleep unwinds main, which ends its promise, and rewinds it by a call of its own.
    fn asyncify(&mut self) {
        let Some(places) = &self.facts.asyncify_places else {
            return;
        };
        let (host, object, key) = (&self.names.host, &places.object, &places.key);
        let reason = "emscripten_sleep and suspended calls get along";
        let edits = [
            (places.call.start, format!("{host}.asyncifiedResult({object},{key},")),
            (places.call.end, ")".to_owned()),
            (
                places.sleep.start,
                format!("return {host}.asyncifiedSleep({object},()=>{{"),
            ),
            (places.sleep.end, "});".to_owned()),
        ];
        for (at, text) in edits {
            self.edits.insert(at, text, reason);
        }
    }

    fn socket_limit(&mut self) {
        if let Some(number) = &self.facts.socket_limit {
            let reason = "as many descriptors as the file system has: select is not its own any more";
            // Its numbers end with MAX_OPEN_FDS, 4096.
            self.edits.replace(number.clone(), "4097", reason);
        }
    }

    fn wasm(&mut self, request: &GlueRequest<'_>) -> Result<(), EditError> {
        if let WasmSource::Inline { literal, .. } = &self.facts.wasm {
            self.edits
                .replace(literal.clone(), WASM_PLACEHOLDER, "the changed wasm");
        }
        if let (Some(name), WasmSource::File(old)) = (request.wasm_name, &self.facts.wasm)
            && name != old
        {
            for literal in &self.facts.wasm_names {
                let text = self.text(literal).replace(old.as_str(), name);
                self.edits
                    .replace(literal.clone(), text, "the name of the changed wasm");
            }
        } else if request.wasm_name.is_some() && !matches!(self.facts.wasm, WasmSource::File(_)) {
            return Err(EditError::NoWasmName);
        }
        Ok(())
    }
}
