// -sWASM_ASYNC_COMPILATION=0; and addFunction, whose wasm is none of ours.
function convertJsFunctionToWasm(func, module) { return new WebAssembly.Instance(module, { "e": { "f": func } }).exports["f"] }
var asmLibraryArg = { "__syscall_socket": ___syscall_socket, "fd_write": _fd_write, "env": 1 };
var module = new WebAssembly.Module(readBinary("./app.wasm"));
var instance = new WebAssembly.Instance(module, { "env": asmLibraryArg, "wasi_snapshot_preview1": asmLibraryArg });
