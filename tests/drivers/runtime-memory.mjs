// --import this: at the end, standard error tells how many bytes the memory of the runtime has.
let memory;
const seen = (instance) => {
  memory ??= instance.exports["direct_sockets.memory"];
  return instance;
};

const { instantiate, Instance } = WebAssembly;
WebAssembly.instantiate = async (source, imports) => {
  const result = await instantiate(source, imports);
  seen(result.instance ?? result);
  return result;
};
WebAssembly.Instance = function (module, imports) {
  return seen(new Instance(module, imports));
};
WebAssembly.Instance.prototype = Instance.prototype;
process.on("exit", () => console.error(`runtime memory ${memory?.buffer.byteLength ?? 0}`));
