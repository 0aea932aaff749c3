//! Program + runtime -> one wasm.
