//! The modules of `host/`, each after those whose declarations it uses when it is evaluated.

/// File name and text.
pub(super) const SOURCES: &[(&str, &str)] = &[("adapter.js", include_str!("adapter.js"))];
