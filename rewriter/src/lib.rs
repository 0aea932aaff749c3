//! Gives an already built Emscripten program real TCP and UDP sockets, without its source and without relinking.
//!
//! Data goes one way: bytes, [`discover`], [`plan::Plan`], [`embed`] + [`merge`] + [`glue`], [`output`];
//! [`retrofit`] is the whole way, [`files`] and [`cli`] are what stands around it.
#![deny(missing_docs)]

pub mod cli;
pub mod discover;
pub mod embed;
pub mod files;
pub mod glue;
pub mod iwa;
pub mod merge;
pub mod output;
pub mod plan;
pub mod provenance;
pub mod retrofit;
