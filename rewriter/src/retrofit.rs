//! The whole way of a program: bytes, facts, plan, new bytes. Files are the command's business.

use crate::discover::glue::{self as glue_facts, GlueError, GlueFacts};
use crate::discover::symbols;
use crate::discover::wasm::{self as wasm_facts, WasmFacts};
use crate::embed;
use crate::glue::{self, Edit, GlueRequest, HostOptions};
use crate::merge;
use crate::plan::{Plan, Refusal, Wishes};
use crate::provenance::{self, Provenance, UndoError};
use direct_sockets_runtime::policy::WITHOUT_NAMES;
use direct_sockets_settings::{Settings, SettingsError};

/// The setting that names exports, [`Wishes::promising`].
pub const PROMISING: &str = "DIRECT_SOCKETS_PROMISING";

/// A program as emcc wrote it: the wasm, and the JavaScript around it if there is one.
#[derive(Clone, Debug)]
pub struct Program {
    /// The JavaScript.
    pub glue: Option<Glue>,
    /// The wasm; with `-sSINGLE_FILE` it is also inside the JavaScript.
    pub wasm: Vec<u8>,
}

/// JavaScript that emcc wrote, read once.
#[derive(Clone, Debug)]
pub struct Glue {
    /// Its text.
    pub source: String,
    /// What is in it.
    pub facts: GlueFacts,
}

impl Glue {
    /// Reads a glue.
    ///
    /// # Errors
    /// It is no JavaScript.
    pub fn parse(source: String) -> Result<Self, GlueError> {
        let facts = glue_facts::scan(&source)?;
        Ok(Glue { source, facts })
    }
}

/// What a program was found to be, and what the plan for it is.
#[derive(Debug)]
pub struct Analysis {
    /// What is in the wasm.
    pub wasm: WasmFacts,
    /// The C symbol of each imported function, where one is known.
    pub symbols: Vec<Option<String>>,
    /// What would be done, or why nothing can.
    pub plan: Result<Plan, Refusal>,
    /// What an earlier retrofit has recorded in it.
    pub provenance: Option<Provenance>,
}

/// What is asked of a retrofit.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What the plan decides on; the exports are those of the setting [`PROMISING`].
    pub wishes: Wishes,
    /// The settings.
    pub settings: Settings,
    /// The name under which the new JavaScript loads the wasm, if it is to be another one than before.
    pub wasm_name: Option<String>,
}

/// A retrofitted program.
#[derive(Debug)]
pub struct Retrofitted {
    /// The new wasm.
    pub wasm: Vec<u8>,
    /// The new JavaScript.
    pub glue: Option<String>,
    /// What was edited in it.
    pub edits: Vec<Edit>,
    /// Where the functions of the old wasm are in the new one; a symbol map is corrected by it.
    pub functions: merge::FunctionMap,
    /// Where the code of the old wasm is in the new one; a source map is corrected by it.
    pub offsets: merge::OffsetMap,
    /// What the merge did.
    pub merge: merge::Report,
    /// What the plan was.
    pub plan: Plan,
    /// What could not be carried over; each can be acted upon.
    pub warnings: Vec<String>,
}

/// Why a program was not retrofitted.
#[derive(Debug, thiserror::Error)]
pub enum RetrofitError {
    /// The plan refuses it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The wasm cannot be read.
    #[error(transparent)]
    Wasm(#[from] wasm_facts::ScanError),
    /// The JavaScript cannot be read or edited.
    #[error(transparent)]
    Glue(#[from] GlueError),
    /// The JavaScript cannot be edited.
    #[error(transparent)]
    Edit(#[from] glue::EditError),
    /// The runtime that is built in cannot be read: a fault of this program.
    #[error(transparent)]
    Embed(#[from] embed::EmbedError),
    /// The two cannot be merged.
    #[error(transparent)]
    Merge(#[from] merge::Error),
    /// What was there before cannot be had back.
    #[error(transparent)]
    Undo(#[from] UndoError),
    /// There is nothing to do it with.
    #[error("-s DIRECT_SOCKETS=0 leaves nothing to do")]
    SwitchedOff,
    /// `--upgrade` of something else.
    #[error("it is not retrofitted, so there is nothing to upgrade")]
    NotRetrofitted,
    /// What was recorded is not understood by this version.
    #[error("what it was retrofitted with is not known to this version: {0}")]
    Settings(#[from] SettingsError),
}

/// Finds out what a program is. Reads only.
///
/// # Errors
/// The wasm cannot be read at all.
pub fn analyse(program: &Program, wishes: &Wishes) -> Result<Analysis, RetrofitError> {
    let wasm = wasm_facts::scan(&program.wasm)?;
    let glue = program.glue.as_ref().map(|glue| &glue.facts);
    let symbols = symbols::resolve(&wasm, glue, &wishes.import_map);
    let plan = Plan::make(&wasm, glue, &symbols, wishes);
    let provenance = recorded(program, &wasm).and_then(Result::ok);
    Ok(Analysis {
        wasm,
        symbols,
        plan,
        provenance,
    })
}

/// Gives a program real sockets.
///
/// # Errors
/// It is refused, or cannot be read. Nothing is changed then.
pub fn retrofit(program: &Program, options: &Options) -> Result<Retrofitted, RetrofitError> {
    if options.settings.is_switched_off() {
        return Err(RetrofitError::SwitchedOff);
    }
    let wishes = Wishes {
        promising: options.settings.list(PROMISING),
        ..options.wishes.clone()
    };
    let Analysis { wasm: facts, plan, .. } = analyse(program, &wishes)?;
    let plan = plan?;
    let runtime = embed::embed(
        embed::RUNTIME,
        &merge::needed_exports(&plan),
        &policy(&options.settings),
    )?;
    let merged = merge::merge(&program.wasm, &facts, &runtime, &plan)?;
    let mut wasm = merged.wasm;
    let edited = match &program.glue {
        Some(Glue { source, facts }) => {
            let request = GlueRequest {
                host: host_options(&plan, &options.settings),
                wasm_name: options.wasm_name.as_deref(),
            };
            Some((glue::without_wasm(source, facts), glue::edit(source, facts, &request)?))
        }
        None => None,
    };
    let glue_change = edited.as_ref().map(|(old, new)| (old.as_str(), new.source.as_str()));
    let provenance = Provenance::new(options.settings.given(), (&program.wasm, &wasm), glue_change);
    provenance.append_to(&mut wasm);
    let (glue, edits) = match (edited, &program.glue) {
        (Some((_, edited)), Some(glue)) => (Some(glue::with_wasm(edited.source, &glue.facts, &wasm)), edited.edits),
        _ => (None, Vec::new()),
    };
    Ok(Retrofitted {
        wasm,
        glue,
        edits,
        functions: merged.functions,
        offsets: merged.offsets,
        merge: merged.report,
        warnings: plan.failing_calls().into_iter().chain(merged.warnings).collect(),
        plan,
    })
}

/// The program that a retrofit was made from, out of what it recorded, and into `options` those of its settings that are
/// not given anew.
///
/// # Errors
/// It is not a retrofitted program, or was changed since.
pub fn restore(program: &Program, options: &mut Options) -> Result<Program, RetrofitError> {
    let facts = wasm_facts::scan(&program.wasm)?;
    let provenance = recorded(program, &facts).ok_or(RetrofitError::NotRetrofitted)??;
    let wasm = provenance.old_wasm(&program.wasm)?;
    let glue = match &program.glue {
        Some(Glue { source, facts }) => {
            let old = provenance.old_glue(&glue::without_wasm(source, facts))?;
            Some(Glue::parse(glue::with_wasm(old, facts, &wasm))?)
        }
        None => None,
    };
    // One by one: who sets something else must not lift what the program is limited to.
    let recorded = Settings::parse(&provenance.settings)?;
    options.settings = std::mem::take(&mut options.settings).or(recorded);
    Ok(Program { glue, wasm })
}

/// What an earlier retrofit has recorded.
fn recorded(program: &Program, facts: &WasmFacts) -> Option<Result<Provenance, UndoError>> {
    let (_, range) = facts.custom.iter().find(|(name, _)| name == provenance::SECTION)?;
    Some(Provenance::read(program.wasm.get(range.clone()).unwrap_or_default()))
}

/// The policy as the runtime reads it; empty where there are no limits.
fn policy(settings: &Settings) -> String {
    let (allow, ports) = (
        settings.list("DIRECT_SOCKETS_ALLOW"),
        settings.list("DIRECT_SOCKETS_PORT_MAP"),
    );
    let names = match settings.choice("DIRECT_SOCKETS_DNS") {
        "off" => WITHOUT_NAMES,
        _ => "",
    };
    if allow == ["*"] && ports.is_empty() && names.is_empty() {
        return String::new();
    }
    format!("{}\n{}\n{names}", allow.join(","), ports.join(","))
}

/// What the host script is told.
#[must_use]
pub fn host_options(plan: &Plan, settings: &Settings) -> HostOptions {
    let mut told = vec![
        (
            "backend".to_owned(),
            settings.choice("DIRECT_SOCKETS_BACKEND").to_owned(),
        ),
        (
            "receiveLimit".to_owned(),
            settings.bytes("DIRECT_SOCKETS_RCVBUF").to_string(),
        ),
        (
            "sendLimit".to_owned(),
            settings.bytes("DIRECT_SOCKETS_SNDBUF").to_string(),
        ),
        (
            "stripes".to_owned(),
            settings.level("DIRECT_SOCKETS_UDP_STRIPES").to_string(),
        ),
    ];
    let trace = settings.level("DIRECT_SOCKETS_TRACE");
    if trace > 0 {
        told.push(("trace".to_owned(), trace.to_string()));
    }
    HostOptions {
        promising: plan.promising.clone(),
        stack_restore: plan.stack_restore.clone(),
        settings: told,
    }
}
