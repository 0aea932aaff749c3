// The loader of packaged files (--embed-file, --preload-file) speaks of threads in programs without any.
var Module = typeof Module != "undefined" ? Module : {};
(() => {
  var isPthread = typeof ENVIRONMENT_IS_PTHREAD != "undefined" && ENVIRONMENT_IS_PTHREAD;
  if (isPthread || Module["ENVIRONMENT_IS_PTHREAD"]) return;
  Module["preRun"] = [() => Module["FS_createPath"]("/", "test", true, true)];
})();
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
