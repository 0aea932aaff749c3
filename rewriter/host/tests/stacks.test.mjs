/**
 * C stacks of concurrent promising calls, with real suspensions. The module under test does what compiled C does: each
 * `work` takes a frame off the stack pointer, writes a mark to both its ends, suspends twice, and looks whether the marks
 * are still there.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PromisingCalls } from '../stacks.js';
import { assemble, I32, op } from './assemble.mjs';

const STACK_TOP = 65536;
const HEAP = 2 * 65536;
const FRAME = 256;
const POINTER = 0;

const WAIT = 0;
const RESTORING_WAIT = 1;

/** `mark` at both ends of the frame is (still) there. */
const marksHold = [
  [...op.globalGet(POINTER), ...op.load, ...op.get(0), ...op.eq],
  [...op.globalGet(POINTER), ...op.i32(FRAME - 4), ...op.add, ...op.load, ...op.get(0), ...op.eq, ...op.and],
];

const module = new WebAssembly.Module(
  assemble({
    imports: [{ module: 'host', name: 'wait', params: [I32], results: [I32] }],
    globals: [{ type: I32, init: STACK_TOP }],
    pages: 64,
    functions: [
      {
        // As the rewriter generates it: the pointer is saved before and restored after.
        params: [I32],
        locals: [I32],
        body: [op.globalGet(POINTER), op.set(1), op.get(0), op.call(WAIT), op.drop, op.get(1), op.globalSet(POINTER)],
      },
      {
        params: [I32],
        results: [I32],
        body: [
          [...op.globalGet(POINTER), ...op.i32(FRAME), ...op.sub, ...op.globalSet(POINTER)],
          [...op.globalGet(POINTER), ...op.get(0), ...op.store],
          [...op.globalGet(POINTER), ...op.i32(FRAME - 4), ...op.add, ...op.get(0), ...op.store],
          [...op.get(0), ...op.call(RESTORING_WAIT)],
          [...op.get(0), ...op.call(RESTORING_WAIT)],
          ...marksHold,
          [...op.globalGet(POINTER), ...op.i32(FRAME), ...op.add, ...op.globalSet(POINTER)],
        ],
      },
      {
        // Code of the event loop: uses that many bytes of the stack.
        params: [I32],
        body: [[...op.globalGet(POINTER), ...op.get(0), ...op.sub, ...op.i32(0xaa), ...op.get(0), ...op.fill]],
      },
    ],
    exports: [
      { name: 'memory', kind: 'memory', index: 0 },
      { name: 'pointer', kind: 'global', index: 0 },
      { name: 'work', kind: 'function', index: 2 },
      { name: 'scribble', kind: 'function', index: 3 },
    ],
  }),
);

/** An instance, with a heap that checks what is done with it, and waits that the test settles. */
function start({ heap = true, ...more } = {}) {
  const waiting = new Map();
  const blocks = new Set();
  let top = HEAP;
  let calls;
  const wait = (mark) => {
    calls.suspending();
    return new Promise((resolve) => waiting.set(mark, () => resolve(waiting.delete(mark) && 1)));
  };
  const { exports } = new WebAssembly.Instance(module, { host: { wait: new WebAssembly.Suspending(wait) } });
  const malloc = (size) => {
    blocks.add(top);
    top += size + 16;
    return top - size - 16;
  };
  const free = (address) => assert.ok(blocks.delete(address), 'freed once, and what malloc gave');
  calls = new PromisingCalls({ pointer: exports.pointer, ...(heap ? { malloc, free } : {}), ...more }, 4096);
  const entry = WebAssembly.promising(exports.work);
  const work = (mark) => calls.run(() => entry(mark));
  return { exports, calls, work, waiting, blocks };
}

/** Lets everything happen that has been caused. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('one call: the event loop stays below its frame', async () => {
  const { exports, work, waiting } = start();
  const done = work(1);
  assert.equal(exports.pointer.value, STACK_TOP - FRAME);
  for (let i = 0; i < 2; i++) {
    exports.scribble(10_000);
    waiting.get(1)();
    await settled();
  }
  assert.equal(await done, 1);
  assert.equal(exports.pointer.value, STACK_TOP);
});

test('a second call has a stack of its own, freed at its end', async () => {
  const { exports, calls, work, waiting, blocks } = start();
  const first = work(1);
  const second = work(2);
  assert.equal(blocks.size, 1);
  assert.equal(calls.active, 2);
  assert.equal(exports.pointer.value, STACK_TOP - FRAME, 'what the event loop sees');
  waiting.get(1)();
  await settled();
  exports.scribble(10_000);
  waiting.get(1)();
  assert.equal(await first, 1);
  await settled();
  assert.equal(exports.pointer.value, STACK_TOP, 'the first call is off the stack');
  exports.scribble(10_000);
  for (let i = 0; i < 2; i++) {
    waiting.get(2)();
    await settled();
    assert.equal(exports.pointer.value, STACK_TOP);
  }
  assert.equal(await second, 1);
  assert.equal(blocks.size, 0);
  assert.equal(calls.active, 0);
});

test('any interleaving of many calls and of the event loop', async () => {
  const { exports, work, waiting, blocks } = start();
  // A fixed sequence of pseudo-random numbers: the test is the same each time.
  let state = 12345;
  const random = (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  const results = [];
  let mark = 0;
  for (let step = 0; step < 3000; step++) {
    const choice = random(4);
    if (choice === 0 && waiting.size < 20) results.push(work(++mark));
    else if (choice === 1) exports.scribble(random(20_000));
    else if (waiting.size > 0) [...waiting.values()][random(waiting.size)]();
    if (random(2) === 0) await settled();
  }
  for (; waiting.size > 0; await settled()) for (const wake of [...waiting.values()]) wake();
  assert.ok(results.length > 200);
  assert.ok((await Promise.all(results)).every((held) => held === 1));
  assert.equal(blocks.size, 0);
  assert.equal(exports.pointer.value, STACK_TOP);
});

for (const [reason, options] of [
  ['without malloc', { heap: false }],
  ['with checked stack limits', { limited: true }],
]) {
  test(`${reason}, calls take turns, in order`, async () => {
    const { work, waiting } = start(options);
    const order = [];
    const calls = [1, 2, 3].map((mark) => work(mark).then((held) => order.push([mark, held])));
    for (const mark of [1, 2, 3]) {
      assert.deepEqual([...waiting.keys()], [mark]);
      for (let i = 0; i < 2; i++) {
        waiting.get(mark)();
        await settled();
      }
    }
    await Promise.all(calls);
    assert.deepEqual(order, [
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
  });
}

test('after "unwind" main keeps its frame', async () => {
  const pointer = new WebAssembly.Global({ value: 'i32', mutable: true }, STACK_TOP);
  const calls = new PromisingCalls({ pointer });
  const unwound = calls.run(async () => {
    pointer.value = STACK_TOP - 512;
    throw 'unwind';
  });
  await assert.rejects(unwound, (error) => error === 'unwind');
  assert.equal(pointer.value, STACK_TOP - 512);
  assert.equal(calls.active, 0);
});

test('an exception before the promise is made rejects', async () => {
  const calls = new PromisingCalls({});
  await assert.rejects(
    calls.run(() => {
      throw new TypeError('no i64');
    }),
    TypeError,
  );
  assert.equal(await calls.run(() => Promise.resolve(5)), 5);
});

test('an i64 stack pointer', async () => {
  const pointer = new WebAssembly.Global({ value: 'i64', mutable: true }, 1n << 33n);
  const freed = [];
  const calls = new PromisingCalls({
    pointer,
    malloc: (size) => (1n << 34n) + (size & 0n),
    free: (at) => freed.push(at),
  });
  const seen = [];
  let end;
  const first = calls.run(() => new Promise((resolve) => (end = resolve)));
  const second = calls.run(async () => seen.push(pointer.value));
  assert.deepEqual(seen, [(1n << 34n) + 65536n]);
  assert.equal(pointer.value, 1n << 33n);
  await second;
  assert.deepEqual(freed, [1n << 34n]);
  end();
  await first;
});

test('what JavaScript has put on the stack for a call stays until the call has ended', async () => {
  for (const heap of [true, false]) {
    const { exports, calls, work, waiting } = start({ heap });
    /** As ccall does it: saves the pointer, puts a text below it, calls, restores. */
    const callWithText = (mark) => {
      const saved = exports.pointer.value;
      exports.pointer.value -= 64;
      const at = exports.pointer.value;
      const bytes = () => new Uint8Array(exports.memory.buffer, at, 64);
      bytes().fill(mark);
      const promise = work(mark);
      calls.restore(saved);
      return { promise, isThere: () => bytes().every((byte) => byte === mark) };
    };
    const started = [1, 2, 3].map(callWithText);
    // Whichever waits goes on, until none does.
    while (calls.active > 0) {
      exports.scribble(10_000);
      for (const mark of [...waiting.keys()].reverse()) {
        assert.ok(started[mark - 1].isThere(), `text ${mark}`);
        waiting.get(mark)();
      }
      await settled();
    }
    for (const { promise } of started) assert.equal(await promise, 1);
    assert.equal(exports.pointer.value, STACK_TOP, 'all of it is free again');
  }
});

test('stackRestore without a call is what it always was', () => {
  const { exports, calls } = start();
  calls.restore(STACK_TOP - 160);
  assert.equal(exports.pointer.value, STACK_TOP - 160);
});
