/**
 * A few lines that write wasm, so that tests can have modules that suspend without a tool to make them. Functions are
 * lists of bytes; what the format repeats (lengths, counts, sections) is added here.
 */

export const I32 = 0x7f;
export const I64 = 0x7e;

/** Instructions that the tests use; each takes its immediates and answers bytes. */
export const op = {
  get: (local) => [0x20, ...leb(local)],
  set: (local) => [0x21, ...leb(local)],
  globalGet: (global) => [0x23, ...leb(global)],
  globalSet: (global) => [0x24, ...leb(global)],
  call: (fn) => [0x10, ...leb(fn)],
  i32: (value) => [0x41, ...sleb(value)],
  load: [0x28, 2, 0],
  store: [0x36, 2, 0],
  eq: [0x46],
  add: [0x6a],
  sub: [0x6b],
  and: [0x71],
  fill: [0xfc, 11, 0],
  drop: [0x1a],
};

function leb(value) {
  const bytes = [];
  do {
    bytes.push((value & 127) | (value > 127 ? 128 : 0));
    value >>>= 7;
  } while (value > 0);
  return bytes;
}

function sleb(value) {
  const bytes = [];
  for (;;) {
    const byte = value & 127;
    value >>= 7;
    if ((value === 0 && !(byte & 64)) || (value === -1 && byte & 64)) return [...bytes, byte];
    bytes.push(byte | 128);
  }
}

const text = (string) => [...leb(string.length), ...new TextEncoder().encode(string)];
const vector = (items) => [...leb(items.length), ...items.flat()];
const section = (id, items) => {
  const contents = vector(items);
  return items.length === 0 ? [] : [id, ...leb(contents.length), ...contents];
};

/**
 * @param {object} parts
 * @param {{module: string, name: string, params?: number[], results?: number[]}[]} [parts.imports] functions
 * @param {{params?: number[], results?: number[], locals?: number[], body: number[][]}[]} parts.functions
 * @param {{type: number, init: number}[]} [parts.globals] all mutable
 * @param {number} [parts.pages] of the memory
 * @param {{name: string, kind: 'function' | 'memory' | 'global', index: number}[]} parts.exports
 */
export function assemble({ imports = [], functions, globals = [], pages = 1, exports }) {
  const types = [...imports, ...functions].map(({ params = [], results = [] }) => [
    0x60,
    ...vector(params),
    ...vector(results),
  ]);
  const kinds = { function: 0, memory: 2, global: 3 };
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(
      2,
      imports.map(({ module, name }, type) => [...text(module), ...text(name), 0, ...leb(type)]),
    ),
    ...section(
      3,
      functions.map((_, index) => leb(imports.length + index)),
    ),
    ...section(5, [[0, ...leb(pages)]]),
    ...section(
      6,
      globals.map(({ type, init }) => [type, 1, type === I64 ? 0x42 : 0x41, ...sleb(init), 0x0b]),
    ),
    ...section(
      7,
      exports.map(({ name, kind, index }) => [...text(name), kinds[kind], ...leb(index)]),
    ),
    ...section(
      10,
      functions.map(({ locals = [], body }) => {
        const code = [...vector(locals.map((type) => [1, type])), ...body.flat(), 0x0b];
        return [...leb(code.length), ...code];
      }),
    ),
  ]);
}
