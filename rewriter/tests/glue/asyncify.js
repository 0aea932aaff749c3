// -sASYNCIFY: a stack of the exports that are running tells where to rewind from.
var Asyncify = {
  instrumentWasmExports(exports) {
    var ret = {};
    for (let [x, original] of Object.entries(exports)) {
      ret[x] = (...args) => {
        Asyncify.exportCallStack.push(x);
        try { return original(...args) } finally { Asyncify.exportCallStack.pop(); Asyncify.maybeStopUnwind() }
      };
    }
    return ret;
  },
  handleSleep(startAsync) {
    if (Asyncify.state === Asyncify.State.Normal) { startAsync(wakeUp); _asyncify_start_unwind(Asyncify.currData) }
    return Asyncify.handleSleepReturnValue;
  },
};
var wasmImports = { fd_write: _fd_write, __syscall_socket: ___syscall_socket };
WebAssembly.instantiate(bytes, { env: wasmImports, wasi_snapshot_preview1: wasmImports });
var _main = (a0, a1) => (_main = wasmExports["main"])(a0, a1);
function callMain() { try { var ret = _main(0, 0); exitJS(ret, true) } catch (e) { return handleException(e) } }
