// -sMODULARIZE up to 3.1: the factory's promise is resolved before main is called, and is looked at after.
var Module = (() => {
  return function(moduleArg = {}) {
    "use strict";
    var readyPromiseResolve, readyPromiseReject;
    var readyPromise = new Promise((resolve, reject) => { readyPromiseResolve = resolve; readyPromiseReject = reject });
    var wasmImports = { b: ___syscall_socket, a: _fd_write };
    var imports = { a: wasmImports };
    WebAssembly.instantiate(readFileSync("app.wasm"), imports).then(receive);
    var _main = Module["_main"] = (a0, a1) => (_main = Module["_main"] = wasmExports["c"])(a0, a1);
    function callMain() {
      try { var ret = _main(0, 0); exitJS(ret, true); return ret } catch (e) { return handleException(e) }
    }
    function doRun() {
      readyPromiseResolve(Module);
      if (shouldRunNow) callMain();
      postRun();
    }
    return readyPromise;
  };
})();
