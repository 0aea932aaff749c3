// Closure has put callMain into the function that calls it: what follows the call's block is main's sequel.
var h = { a: k, b: m, c: n };
WebAssembly.instantiate(k, { a: h });
var m = d._main = function() { return (m = d._main = d.asm.p).apply(null, arguments) };
function t() {
  if (f) {
    var b = d._main;
    try { var c = b(1, 0); r(c) } catch (x) { s(x) }
    v();
  }
  u();
}
