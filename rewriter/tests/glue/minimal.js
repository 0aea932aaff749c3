// -sMINIMAL_RUNTIME: the page puts the wasm into Module.wasm, and main is called by itself.
Module["wasm"] = fs.readFileSync(__dirname + "/app.wasm");
var asmLibraryArg = { "d": ___syscall_connect, "k": ___syscall_socket, "a": _fd_write };
function ready() { run() }
function run() {
  var ret = _main();
}
var imports = { "a": asmLibraryArg };
var _main;
WebAssembly.instantiate(Module["wasm"], imports).then(function(output) {
  var asm = output.instance.exports;
  _main = asm["p"];
  ready();
});
