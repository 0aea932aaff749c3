//! Programs in C, compiled for Linux and for wasm, run on both and compared.
