//! Which import of a program is which entry of the runtime: one table of the names that Emscripten's
//! versions use.
