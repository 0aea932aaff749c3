// Closure renames all but quoted names: the import map tells nothing, but main is found.
var d = {}, e, f = !1;
function g() { return e || f }
var h = { a: function(a, b) { return a + b }, b: m, c: n };
(function() { var a = { a: h }; return WebAssembly.instantiate(k, a).then(b => { d.asm = b.instance.exports }) })();
var m = d._main = function() { return (m = d._main = d.asm.p).apply(null, arguments) };
function q(a) {
  var b = d._main;
  try { var c = b(a, 0); r(c, !0); return c } catch (x) { return s(x) }
}
function t() { f && q(1); u() }
