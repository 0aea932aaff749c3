var wasmImports = { _wasmfs_stdin_get_char: __wasmfs_stdin_get_char, a: _fd_write };
WebAssembly.instantiate(bytes, { env: wasmImports });
