// node loader.cjs HOST.js APP.wasm ARGUMENT…: runs a retrofitted wasm without emcc's JavaScript, as a loader of one's
// own does. It knows as much of a system as programs/echo.c needs.
const { readFileSync } = require("node:fs");

const [host, app, ...args] = process.argv.slice(2);
const directSockets = require(host);

const argv = ["app", ...args].map((text) => Buffer.from(`${text}\0`));
let memory;
let nextDescriptor = 3;

class Exit {
  constructor(code) {
    this.code = code;
  }
}

const view = () => new DataView(memory.buffer);
const known = {
  __syscall_socket: () => nextDescriptor++,
  fd_close: () => 0,
  proc_exit(code) {
    throw new Exit(code);
  },
  args_sizes_get(count, size) {
    view().setUint32(count, argv.length, true);
    view().setUint32(size, Buffer.concat(argv).length, true);
    return 0;
  },
  args_get(pointers, at) {
    for (const [index, text] of argv.entries()) {
      view().setUint32(pointers + 4 * index, at, true);
      new Uint8Array(memory.buffer).set(text, at);
      at += text.length;
    }
    return 0;
  },
  fd_write(fd, vectors, count, written) {
    let size = 0;
    for (let i = 0; i < count; i++) {
      const [at, length] = [view().getUint32(vectors + 8 * i, true), view().getUint32(vectors + 8 * i + 4, true)];
      process.stdout.write(Buffer.from(memory.buffer, at, length).toString());
      size += length;
    }
    view().setUint32(written, size, true);
    return 0;
  },
};

const refuse = (name) => () => {
  throw new Error(`${name} is not there`);
};
const module_ = new Proxy({}, { get: (_, name) => known[name] ?? refuse(name) });
const imports = { env: module_, wasi_snapshot_preview1: module_ };

directSockets.instantiate(readFileSync(app), imports).then(async ({ instance }) => {
  memory = instance.exports.memory;
  const started = instance.exports._start();
  const end = (code) => {
    process.exitCode = code;
  };
  await directSockets.finish(started, end, (reason) => {
    if (!(reason instanceof Exit)) throw reason;
    end(reason.code);
  });
});
