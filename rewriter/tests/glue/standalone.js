// -sSTANDALONE_WASM: _start answers nothing.
var wasmImports = { fd_write: _fd_write, __syscall_socket: ___syscall_socket };
WebAssembly.instantiate(fetch("app.wasm"), { env: wasmImports });
var __start = Module["__start"] = () => (__start = Module["__start"] = wasmExports["_start"])();
function callMain() {
  var entryFunction = __start;
  try { entryFunction(); var ret = 0; exitJS(ret, true); return ret } catch (e) { return handleException(e) }
}
