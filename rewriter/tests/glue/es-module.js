import { createRequire } from "module";
async function Module(moduleArg = {}) {
  var file = new URL("app.wasm", import.meta.url).href;
  var wasmImports = { c: ___syscall_socket, d: ___syscall_connect, a: _fd_write };
  function assignWasmExports(wasmExports) { _main = wasmExports["k"] }
  assignWasmExports((await WebAssembly.instantiate(bytes, { a: wasmImports })).instance.exports);
  function callMain() {
    try { var ret = _main(0, 0); exitJS(ret, true); return ret } catch (e) { return handleException(e) }
  }
  async function run() { callMain(); postRun() }
  await run();
  return Module;
}
export default Module;
