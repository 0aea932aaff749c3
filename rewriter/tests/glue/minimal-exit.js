// -sMINIMAL_RUNTIME -sEXIT_RUNTIME in 6.0: main's call is inside another one.
function assignWasmExports(wasmExports) { _main = wasmExports["r"] }
var wasmImports = { m: ___syscall_connect, j: ___syscall_socket, c: _fd_write };
function run() {
  try { exitRuntime(_main(argc, argv)) } catch (e) { if (!ended(e)) throw e }
}
WebAssembly.instantiate(Module["wasm"], { a: wasmImports }).then(output => assignWasmExports(output.instance.exports));
