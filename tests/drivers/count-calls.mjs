// --import this: counts every call that wasm makes of an imported function, in globalThis.countedCalls.
globalThis.countedCalls = 0;

const counting = (original) =>
  function (...args) {
    globalThis.countedCalls += 1;
    return original.apply(this, args);
  };

const { Suspending } = WebAssembly;
WebAssembly.Suspending = function (original) {
  return new Suspending(counting(original));
};

/** The import object, with functions that count. It may make its properties on demand. */
const counted = (imports) =>
  new Proxy({}, {
    get: (_, module) =>
      new Proxy({}, {
        get(_, field) {
          const value = imports[module][field];
          // An exported wasm function must stay one.
          return typeof value === "function" && !String(value).includes("[native code]") ? counting(value) : value;
        },
      }),
  });

const { instantiate, instantiateStreaming, Instance } = WebAssembly;
WebAssembly.instantiate = (source, imports) => instantiate(source, counted(imports));
WebAssembly.instantiateStreaming = (source, imports) => instantiateStreaming(source, counted(imports));
WebAssembly.Instance = function (module, imports) {
  return new Instance(module, counted(imports));
};
WebAssembly.Instance.prototype = Instance.prototype;
