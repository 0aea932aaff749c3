// -sJSPI: the glue makes main promising itself and waits for it.
var wasmImports = { fd_write: _fd_write, __syscall_socket: ___syscall_socket };
var main = WebAssembly.promising(exports.main);
function assignWasmExports(wasmExports) { _main = wasmExports["main"] }
async function callMain() { var ret = _main(0, 0); ret = await ret; exitJS(ret, true) }
WebAssembly.instantiate(bytes, { env: wasmImports, wasi_snapshot_preview1: wasmImports });
