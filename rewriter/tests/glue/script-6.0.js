#!/usr/bin/env node
// Emscripten 6: run is async, the exports are assigned in one place, the page's hook is called through a variable.
function assignWasmExports(wasmExports) {
  _main = Module['_main'] = wasmExports['__main_argc_argv'];
  _malloc = wasmExports['malloc'];
}
async function createWasm() {
  var info = { 'env': wasmImports, 'wasi_snapshot_preview1': wasmImports };
  var instantiateWasm = Module['instantiateWasm'];
  if (instantiateWasm) {
    return new Promise((resolve) => {
      instantiateWasm(info, (inst) => resolve(receiveInstance(inst)));
    });
  }
  wasmBinaryFile ??= locateFile('app.wasm');
  return receiveInstance((await WebAssembly.instantiate(bytes, info)).instance);
}
var wasmImports = {
  /** @export */
  __syscall_socket: ___syscall_socket,
  /** @export */
  fd_write: _fd_write,
};
function callMain(args = []) {
  var entryFunction = _main;
  try {
    var ret = entryFunction(1, 0);
    exitJS(ret, true);
    return ret;
  } catch (e) {
    return handleException(e);
  }
}
async function run() {
  if (!noInitialRun) callMain();
  postRun();
}
createWasm().then(() => run());
