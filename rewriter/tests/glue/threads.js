var PThread = { unusedWorkers: [] };
var wasmImports = { a: _fd_write };
WebAssembly.instantiate(bytes, { env: wasmImports });
