// C++ exceptions and setjmp in JavaScript; one of the functions calls an export instead of a table entry.
var wasmImports = { a: invoke_vi, b: invoke_j, c: ___syscall_socket, d: _fd_write };
var imports = { a: wasmImports };
WebAssembly.instantiate(bytes, imports);
var _setThrew = (a0, a1) => (_setThrew = wasmExports["t"])(a0, a1);
var dynCall_j = Module["dynCall_j"] = a0 => (dynCall_j = Module["dynCall_j"] = wasmExports["u"])(a0);
function invoke_vi(index, a1) {
  var sp = stackSave();
  try { getWasmTableEntry(index)(a1) } catch (e) { stackRestore(sp); if (e !== e + 0) throw e; _setThrew(1, 0) }
}
function invoke_j(index) {
  var sp = stackSave();
  try { return dynCall_j(index) } catch (e) { stackRestore(sp); if (e !== e + 0) throw e; _setThrew(1, 0); return 0n }
}
// Catches and throws on, but is no invoke function.
function ___syscall_socket(domain) { try { return open(domain) } catch (e) { if (!e.errno) throw e; return -e.errno } }
