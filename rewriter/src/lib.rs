//! Gives an already built Emscripten program real TCP and UDP sockets, without its source and without relinking.
//!
//! Data goes one way: bytes, [`discover`], [`plan::Plan`], `embed` + [`merge`] + [`glue`], output.
#![deny(missing_docs)]

pub mod discover;
pub mod embed;
pub mod glue;
pub mod merge;
pub mod plan;
