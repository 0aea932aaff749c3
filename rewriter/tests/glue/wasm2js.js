var WebAssembly = { Instance: function(module, info) { this.exports = asmFunc(info) } };
WebAssembly.instantiate(bytes, { env: {} });
