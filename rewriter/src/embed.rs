//! The embedded runtime: loaded, and reduced to what a plan needs.
//!
//! It is our own module, so it is walrus's work: keep these exports, drop the rest and everything that
//! only the rest needed. The program never goes through walrus.

/// The runtime that is built in; `scripts/build-runtime` makes it from `rewriter/runtime`.
pub const RUNTIME: &[u8] = include_bytes!("../runtime/runtime.wasm");

/// Why the runtime could not be reduced.
#[derive(Clone, Debug, thiserror::Error)]
pub enum EmbedError {
    /// It is no wasm that can be read.
    #[error("the embedded module cannot be read: {0}")]
    Malformed(String),
    /// It lacks an export that the plan needs.
    #[error("the embedded module has no export `{0}`")]
    Missing(String),
}

/// The runtime with only these exports, its memory, and what they need.
pub fn embed(runtime: &[u8], keep: &[&str]) -> Result<Vec<u8>, EmbedError> {
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
    walrus::passes::gc::run(&mut module);
    Ok(module.emit_wasm())
}
