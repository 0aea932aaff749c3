// A plain script as emcc 3.1.6 lays it out: the exports live in Module["asm"].
function createWasm() {
  var info = { "env": asmLibraryArg, "wasi_snapshot_preview1": asmLibraryArg };
  function receive(instance) { Module["asm"] = instance.exports; }
  function fromBytes(receiver) {
    return getBinary().then(function(bytes) { return WebAssembly.instantiate(bytes, info); }).then(receiver);
  }
  if (Module["instantiateWasm"]) {
    return Module["instantiateWasm"](info, receive);
  }
  if (typeof WebAssembly.instantiateStreaming == "function") {
    fetch(wasmBinaryFile).then(function(response) {
      return WebAssembly.instantiateStreaming(response, info);
    });
  }
  return {};
}
var wasmBinaryFile = "app.wasm";
function ___syscall_socket(domain, type, protocol) {
  var sock = SOCKFS.createSocket(domain, type, protocol);
  assert(sock.stream.fd < 64);
  return sock.stream.fd;
}
var asmLibraryArg = {
  "__syscall_socket": ___syscall_socket,
  "fd_write": _fd_write
};
var asm = createWasm();
var _main = Module["_main"] = function() {
  return (_main = Module["_main"] = Module["asm"]["main"]).apply(null, arguments);
};
function keepRuntimeAlive() { return noExitRuntime; }
function maybeExit() {
  if (!keepRuntimeAlive()) {
    try {
      _exit(EXITSTATUS);
    } catch (e) {
      handleException(e);
    }
  }
}
function callMain(args) {
  var entryFunction = Module["_main"];
  try {

    var ret = entryFunction(args.length, 0);

    // what follows main
    exit(ret, /* implicit = */ true);
    return ret;
  }
  catch (e) {
    return handleException(e);
  } finally {
    calledMain = true;
  }
}
function doRun(args) {
  if (shouldRunNow) callMain(args);
  postRun();
}
