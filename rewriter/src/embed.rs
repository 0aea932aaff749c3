//! The embedded runtime: loaded, and reduced to what a plan needs.
//!
//! It is our own module, so it is walrus's work: keep these exports, drop the rest and everything that
//! only the rest needed. The program never goes through walrus. What the program may reach is put into it here.

use direct_sockets_runtime::interface::EMBED_MODULE;

/// The runtime that is built in; `scripts/build-runtime` makes it from `rewriter/runtime`.
pub const RUNTIME: &[u8] = include_bytes!("../runtime.wasm");

/// Why the runtime could not be reduced.
#[derive(Clone, Debug, thiserror::Error)]
pub enum EmbedError {
    /// It is no wasm that can be read.
    #[error("the embedded module cannot be read: {0}")]
    Malformed(String),
    /// It lacks an export that the plan needs.
    #[error("the embedded module has no export `{0}`")]
    Missing(String),
    /// It cannot be told what the program may reach.
    #[error("the embedded module takes no policy")]
    NoPolicy,
}

/// The runtime with only these exports, its memory, and what they need; and the text of its policy, which is empty where there
/// are no limits.
pub fn embed(runtime: &[u8], keep: &[&str], policy: &str) -> Result<Vec<u8>, EmbedError> {
    let mut config = walrus::ModuleConfig::new();
    // Names make stack traces readable; whoever wants a small file strips the program afterwards.
    config
        .generate_name_section(true)
        .generate_dwarf(false)
        .generate_producers_section(false);
    let mut module = config
        .parse(runtime)
        .map_err(|error| EmbedError::Malformed(error.to_string()))?;
    for name in keep {
        if !module.exports.iter().any(|export| export.name == *name) {
            return Err(EmbedError::Missing((*name).to_owned()));
        }
    }
    let dropped: Vec<_> = module
        .exports
        .iter()
        .filter(|export| {
            let memory = matches!(export.item, walrus::ExportItem::Memory(_));
            !memory && !keep.contains(&export.name.as_str())
        })
        .map(|export| export.id())
        .collect();
    for export in dropped {
        module.exports.delete(export);
    }
    put_policy(&mut module, policy)?;
    walrus::passes::gc::run(&mut module);
    Ok(module.emit_wasm())
}

/// Bytes of a page of memory.
const PAGE: u64 = 1 << 16;

/// Puts the text behind all that the module's memory holds, and has its import tell where.
fn put_policy(module: &mut walrus::Module, policy: &str) -> Result<(), EmbedError> {
    let import = module.imports.get_func(EMBED_MODULE, "policy").ok();
    let mut place = 0;
    if !policy.is_empty() {
        let memory = module.memories.iter_mut().next();
        let (Some(memory), Some(_)) = (memory, import) else {
            return Err(EmbedError::NoPolicy);
        };
        let start = memory.initial * PAGE;
        let length = policy.len() as u64;
        let pages = length.div_ceil(PAGE);
        let offset = i32::try_from(start).map_err(|_| EmbedError::NoPolicy)?;
        memory.initial += pages;
        memory.maximum = memory.maximum.map(|maximum| maximum + pages);
        place = start << 32 | length;
        let kind = walrus::DataKind::Active {
            memory: memory.id(),
            offset: walrus::ConstExpr::Value(walrus::ir::Value::I32(offset)),
        };
        let data = module.data.add(kind, policy.as_bytes().to_vec());
        memory.data_segments.insert(data);
    }
    if let Some(import) = import {
        let answer = |(body, _): (&mut walrus::InstrSeqBuilder, &Vec<walrus::LocalId>)| {
            body.i64_const(place as i64);
        };
        let replaced = module.replace_imported_func(import, answer);
        replaced.map_err(|error| EmbedError::Malformed(error.to_string()))?;
    }
    Ok(())
}
