//! Source maps of a wasm: one line whose columns are offsets into the file.
