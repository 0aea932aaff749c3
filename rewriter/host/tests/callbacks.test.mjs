/** Callbacks of the program, and which calls are traced. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { Callbacks } from '../callbacks.js';
import { Errno, RuntimeMemory } from '../interface.js';
import { traceLevel } from '../trace.js';
import { assemble, I32, op } from './assemble.mjs';

const REQUEST = 64;

/** Callbacks of a program without functions, and what they tell. */
function callbacks(table = new WebAssembly.Table({ element: 'anyfunc', initial: 8 })) {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const view = new DataView(memory.buffer);
  view.setBigUint64(REQUEST, 42n, true);
  view.setBigUint64(REQUEST + 8, 1000n, true);
  view.setInt32(REQUEST + 16, 3, true);
  view.setInt32(REQUEST + 20, 14, true);
  const told = { holds: 0, kept: 0, warnings: [] };
  const loop = { hold: () => told.holds++, release: () => told.holds-- };
  const keepalive = { push: () => told.kept++, pop: () => told.kept-- };
  const exports = table ? { other: () => 0, table } : {};
  const warn = (message) => told.warnings.push(message);
  return {
    told,
    table,
    callbacks: new Callbacks(exports, new RuntimeMemory(memory), loop, keepalive, warn, queueMicrotask),
  };
}

/** A wasm function that hands its arguments to `hear`. */
function listener(hear, count) {
  const params = Array(count).fill(I32);
  const bytes = assemble({
    imports: [{ module: 'env', name: 'hear', params, results: [I32] }],
    functions: [{ params, results: [I32], body: [...params.map((_, index) => op.get(index)), op.call(0)] }],
    exports: [{ name: 'listen', kind: 'function', index: 1 }],
  });
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { hear } }).exports.listen;
}

test('a function is called with what it registered, and not at once', async () => {
  const { callbacks: some, table } = callbacks();
  const heard = [];
  const hear = (...args) => heard.push(args);
  table.set(1, listener(hear, 2));
  table.set(2, listener(hear, 4));
  assert.equal(some.call(1, REQUEST, false), 0);
  assert.equal(some.call(2, REQUEST, true), 0);
  assert.deepEqual(heard, []);
  await Promise.resolve();
  assert.deepEqual(heard, [
    [3, 42],
    [3, 14, 1000, 42],
  ]);
});

test('a function that ends the program, and one that is none, are no errors', async () => {
  const { callbacks: some, table } = callbacks();
  for (const error of ['unwind', { name: 'ExitStatus' }]) {
    table.set(
      1,
      listener(() => {
        throw error;
      }, 2),
    );
    some.call(1, REQUEST, false);
    some.call(5, REQUEST, false);
    await Promise.resolve();
  }
});

test('the process is kept while there are sockets', () => {
  const { callbacks: some, told } = callbacks();
  some.watch(2);
  assert.equal(told.holds, 0, 'nobody waits for callbacks');
  assert.equal(some.stay(), 0);
  assert.equal(some.stay(), 0);
  assert.equal(told.kept, 1);
  for (const [sockets, holds] of [
    [1, 1],
    [2, 1],
    [0, 0],
    [1, 1],
  ]) {
    some.watch(sockets);
    assert.equal(told.holds, holds);
  }
});

test('without a table nothing is promised', () => {
  const { callbacks: some, told } = callbacks(null);
  assert.equal(some.stay(), Errno.ENOSYS);
  assert.equal(some.stays, false);
  assert.equal(some.call(1, REQUEST, false), Errno.ENOSYS);
  assert.equal(told.warnings.length, 1);
});

afterEach(() => {
  delete process.env.DIRECT_SOCKETS_TRACE;
  delete globalThis.location;
});

test('who runs the program decides what is traced', () => {
  assert.equal(traceLevel(), 0);
  assert.equal(traceLevel(2), 2);
  globalThis.location = { search: '?x=1&direct_sockets_trace=1' };
  assert.equal(traceLevel(2), 1);
  globalThis.location = { search: '' };
  assert.equal(traceLevel(2), 2);
  for (const [text, level] of [
    ['1', 1],
    ['2', 2],
    ['0', 0],
    ['no', 0],
    ['', 2],
  ]) {
    process.env.DIRECT_SOCKETS_TRACE = text;
    assert.equal(traceLevel(2), level, text);
  }
});
