//! The patch series that adds `-sDIRECT_SOCKETS` to an Emscripten checkout.
//!
//! The series is empty so far: what works today is the retrofit of programs that are already linked.
