//! What the terminal shows: the facts of a program and the report of a rewrite, as text and as JSON.

use crate::discover::glue::{GlueFacts, Style, WasmSource};
use crate::discover::stubs::Stub;
use crate::discover::wasm::{Exceptions, WasmFacts};
use crate::files::Input;
use crate::plan::{By, Plan, StubReplacement};
use crate::provenance::Provenance;
use crate::retrofit::{Analysis, Program, Retrofitted};
use direct_sockets_runtime::interface::{Entry, Kind};
use direct_sockets_settings::Settings;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

/// `inspect` as text.
#[must_use]
pub(super) fn inspect_text(input: &Input, analysis: &Analysis) -> String {
    let mut text = format!("{}\n", input.app.display());
    for (label, value) in summary(input, analysis) {
        line(&mut text, label, &value);
    }
    if let Some(provenance) = &analysis.provenance {
        line(&mut text, "retrofitted", &format!("by version {}", provenance.version));
        let mut label = "settings";
        for setting in &provenance.settings {
            line(&mut text, label, setting);
            label = "";
        }
        let mut label = "may reach";
        for rule in may_reach(provenance) {
            line(&mut text, label, &rule);
            label = "";
        }
    }
    let mut label = "imports";
    for (import, symbol, action) in imports(analysis) {
        line(&mut text, label, &format!("{import:<44} {symbol:<32} {action}"));
        label = "";
    }
    let mut label = "stubs";
    for (function, symbol, action) in stubs(analysis) {
        let function = format!("function {function}");
        line(&mut text, label, &format!("{function:<44} {symbol:<32} {action}"));
        label = "";
    }
    let mut label = "failing";
    for sentence in analysis.plan.as_ref().map(Plan::failing_calls).unwrap_or_default() {
        line(&mut text, label, &sentence);
        label = "";
    }
    match &analysis.plan {
        Ok(plan) => line(&mut text, "retrofit", &intention(plan)),
        Err(refusal) => {
            let mut label = "in its way";
            for reason in &refusal.0 {
                line(&mut text, label, reason);
                label = "";
            }
        }
    }
    text
}

/// `inspect` as JSON.
#[must_use]
pub(super) fn inspect_json(input: &Input, analysis: &Analysis) -> Value {
    let imports: Vec<Value> = imports(analysis)
        .into_iter()
        .map(|(import, symbol, action)| json!({ "import": import, "symbol": symbol, "action": action }))
        .collect();
    let stubs: Vec<Value> = stubs(analysis)
        .into_iter()
        .map(|(function, symbol, action)| json!({ "function": function, "symbol": symbol, "action": action }))
        .collect();
    let plan = analysis.plan.as_ref().ok();
    let symbols = |stubs: &[&Stub]| stubs.iter().map(|stub| stub.symbol).collect::<Vec<_>>();
    let folded = plan.map(|plan| symbols(&plan.folded)).unwrap_or_default();
    let unseen = plan.map(|plan| symbols(&plan.unseen)).unwrap_or_default();
    let ambiguous = plan.map(|plan| symbols(&plan.ambiguous)).unwrap_or_default();
    let glue = facts(input);
    let wasm = &analysis.wasm;
    json!({
        "file": input.app.display().to_string(),
        "emscripten": glue.map(|glue| glue.era.clone()),
        "style": glue.map(style),
        "wasm": glue.map(|glue| source(&glue.wasm)),
        "memory64": wasm.memory64,
        "threads": wasm.shared,
        "dynamic_linking": wasm.dynamic_linking,
        "exceptions": exceptions(wasm),
        "assertions": glue.map(|glue| glue.assertions),
        "asyncify": glue.map(|glue| glue.asyncify),
        "jspi": glue.map(|glue| glue.jspi),
        "closure": glue.map(|glue| glue.closure),
        "imports": imports,
        "stubs": stubs,
        "folded": folded,
        "perhaps_folded": unseen,
        "ambiguous": ambiguous,
        "promising": analysis.plan.as_ref().map(|plan| plan.promising.clone()).unwrap_or_default(),
        "retrofitted": analysis.provenance.as_ref().map(|provenance| json!({
            "version": provenance.version,
            "settings": provenance.settings,
            "may_reach": may_reach(provenance),
        })),
        "obstacles": analysis.plan.as_ref().err().map(|refusal| refusal.0.clone()).unwrap_or_default(),
    })
}

/// The rules that a retrofitted program is limited by, or one word; nothing if this version does not understand its settings.
fn may_reach(provenance: &Provenance) -> Vec<String> {
    let settings = Settings::parse(&provenance.settings);
    match settings.map(|settings| settings.list("DIRECT_SOCKETS_ALLOW")) {
        Ok(rules) if rules == ["*"] => vec!["everything".to_owned()],
        Ok(rules) if rules == ["none"] => vec!["nothing".to_owned()],
        Ok(rules) => rules,
        Err(_) => Vec::new(),
    }
}

/// The report of a rewrite.
#[must_use]
pub(super) fn retrofit_text(app: &Path, program: &Program, retrofitted: &Retrofitted) -> String {
    let mut text = format!("{}: {}\n", app.display(), intention(&retrofitted.plan));
    let merge = &retrofitted.merge;
    let _ = writeln!(
        text,
        "  wasm: {} -> {} bytes, {} of {} functions copied byte for byte, function indices {}",
        merge.bytes_before,
        retrofitted.wasm.len(),
        merge.bodies - merge.bodies_changed,
        merge.bodies,
        if merge.renumbered { "renumbered" } else { "unchanged" },
    );
    let places = edited_places(program, retrofitted);
    if !places.is_empty() {
        let _ = writeln!(text, "  JavaScript: {} places edited", places.len());
        for (line, reason) in places {
            let _ = writeln!(text, "    line {line}: {reason}");
        }
    }
    text
}

/// The lines that were edited and why; edits that belong together count once.
fn edited_places(program: &Program, retrofitted: &Retrofitted) -> Vec<(usize, &'static str)> {
    let source = program.glue.as_ref().map_or("", |glue| &glue.source);
    let (mut line, mut counted_to) = (1, 0);
    let mut places = Vec::new();
    for edit in &retrofitted.edits {
        line += source[counted_to..edit.range.start].matches('\n').count();
        counted_to = edit.range.start;
        places.push((line, edit.reason));
    }
    places.dedup();
    places
}

fn line(text: &mut String, label: &str, value: &str) {
    let _ = writeln!(text, "  {label:<12}{}", value.trim_end());
}

fn summary(input: &Input, analysis: &Analysis) -> Vec<(&'static str, String)> {
    let wasm = &analysis.wasm;
    let mut lines = Vec::new();
    if let Some(glue) = facts(input) {
        lines.push(("emscripten", format!("{}, {}", glue.era, style(glue))));
        lines.push(("wasm", source(&glue.wasm)));
        let modes: Vec<&str> = [
            (glue.assertions, "ASSERTIONS"),
            (glue.asyncify, "ASYNCIFY"),
            (glue.jspi, "JSPI"),
            (glue.sync_compilation, "WASM_ASYNC_COMPILATION=0"),
            (glue.closure, "closure"),
        ]
        .into_iter()
        .filter_map(|(on, name)| on.then_some(name))
        .collect();
        if !modes.is_empty() {
            lines.push(("modes", modes.join(", ")));
        }
    }
    lines.push((
        "features",
        format!(
            "{}, {}, exceptions: {}",
            if wasm.memory64 { "wasm64" } else { "wasm32" },
            if wasm.shared { "threads" } else { "no threads" },
            exceptions(wasm)
        ),
    ));
    lines
}

/// Each import: `module.field`, its C symbol, and what is done with it.
fn imports(analysis: &Analysis) -> Vec<(String, String, &'static str)> {
    let plan = analysis.plan.as_ref().ok();
    let rows = (0..).zip(&analysis.wasm.imports);
    rows.map(|(index, import)| {
        let symbol = analysis.symbols.get(index as usize).cloned().flatten();
        let symbol = symbol.unwrap_or_else(|| "?".to_owned());
        let replacement = plan.and_then(|plan| plan.replacements.iter().find(|r| r.import == index));
        let action = match replacement.map(|replacement| &replacement.by) {
            None => "untouched",
            Some(By::Invoke { .. }) => "becomes wasm try/catch",
            Some(By::Thunk(entry)) => thunk(entry),
        };
        (format!("{}.{}", import.module, import.field), symbol, action)
    })
    .collect()
}

/// Each stub: its function, its C symbol, and what is done with it.
fn stubs(analysis: &Analysis) -> Vec<(u32, &'static str, String)> {
    let plan = analysis.plan.as_ref().ok();
    let stubs = plan.map_or(&[][..], |plan| &plan.stubs);
    let row = |stub: &StubReplacement| {
        let action = format!("{}, found {}", thunk(stub.entry), stub.evidence);
        (stub.function, stub.symbol, action)
    };
    stubs.iter().map(row).collect()
}

fn thunk(entry: &Entry) -> &'static str {
    match entry.kind {
        Kind::Always => "replaced",
        Kind::IfOurs => "replaced for sockets, as before for the rest",
    }
}

fn intention(plan: &Plan) -> String {
    let count = |wanted: fn(&By) -> bool| plan.replacements.iter().filter(|r| wanted(&r.by)).count();
    let replaced = count(|by| matches!(by, By::Thunk(entry) if entry.kind == Kind::Always));
    let shared = count(|by| matches!(by, By::Thunk(entry) if entry.kind == Kind::IfOurs));
    let invokes = count(|by| matches!(by, By::Invoke { .. }));
    let mut text = format!("{replaced} socket calls replaced, {shared} shared with files wrapped");
    match plan.stubs.len() {
        0 => {}
        1 => text.push_str(", 1 stub made real"),
        stubs => {
            let _ = write!(text, ", {stubs} stubs made real");
        }
    }
    if invokes > 0 {
        let _ = write!(text, ", {invokes} invoke_* made wasm");
    }
    match plan.promising.as_slice() {
        [] => text.push_str(", no export made promising"),
        exports => {
            let _ = write!(text, ", promising: {}", exports.join(", "));
        }
    }
    text
}

fn facts(input: &Input) -> Option<&GlueFacts> {
    input.program.glue.as_ref().map(|glue| &glue.facts)
}

fn style(glue: &GlueFacts) -> &'static str {
    match glue.style {
        Style::Script => "script",
        Style::Modularize => "MODULARIZE",
        Style::EsModule => "ES module",
        Style::Minimal => "MINIMAL_RUNTIME",
    }
}

fn source(wasm: &WasmSource) -> String {
    match wasm {
        WasmSource::File(name) => name.clone(),
        WasmSource::Inline { bytes, .. } => format!("inside the JavaScript, {} bytes", bytes.len()),
        WasmSource::Unknown => "not named".to_owned(),
    }
}

fn exceptions(wasm: &WasmFacts) -> &'static str {
    match wasm.exceptions {
        Exceptions::None => "none",
        Exceptions::Legacy => "legacy",
        Exceptions::Standard => "standard",
    }
}
