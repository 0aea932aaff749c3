//! The settings of `-sDIRECT_SOCKETS`.
