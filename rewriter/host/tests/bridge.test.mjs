/** The object that glue uses: all ways to an instance, the exports it gets, main's end, and the script as it is embedded. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, mock, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { createDirectSockets } from '../bridge.js';
import { Command, Errno } from '../interface.js';
import { prelude } from './prelude.mjs';
import { foreignBytes, programBytes, programImports } from './program.mjs';

const PATIENCE = { timeout: 30_000 };
const OPTIONS = { promising: ['main'] };

const WAYS = {
  'instantiate(bytes)': async (host, bytes, imports, extra) => (await host.instantiate(bytes, imports, extra)).instance,
  'instantiate(module)': (host, bytes, imports, extra) =>
    host.instantiate(new WebAssembly.Module(bytes), imports, extra),
  instantiateStreaming: async (host, bytes, imports, extra) => {
    const response = new Response(bytes, { headers: { 'content-type': 'application/wasm' } });
    return (await host.instantiateStreaming(Promise.resolve(response), imports, extra)).instance;
  },
  Instance: (host, bytes, imports, extra) => new host.Instance(new WebAssembly.Module(bytes), imports, extra),
  'link and attach': async (host, bytes, imports, extra) => {
    const linked = host.link(imports, extra);
    const { instance } = await WebAssembly.instantiate(bytes, linked);
    return host.attach(instance, linked);
  },
  'link and attach, unpaired': async (host, bytes, imports, extra) => {
    const { instance } = await WebAssembly.instantiate(bytes, host.link(imports, extra));
    return host.attach(instance);
  },
};

for (const [way, instantiate] of Object.entries(WAYS)) {
  test(`${way}: main answers a promise, the rest is as it was`, PATIENCE, async () => {
    const host = createDirectSockets(OPTIONS);
    const instance = await instantiate(host, programBytes(), programImports());
    assert.ok(instance instanceof WebAssembly.Instance);
    assert.deepEqual(Object.keys(instance.exports).sort(), ['command', 'main', 'memory', 'same']);
    assert.equal(instance.exports.same(5), 5);
    const promise = instance.exports.main(3);
    assert.ok(host.isPending(promise));
    assert.equal(await promise, 3);
  });

  test(`${way}: a module that was not rewritten is left alone`, PATIENCE, async () => {
    const instance = await instantiate(createDirectSockets({ promising: ['same'] }), foreignBytes(), {});
    assert.ok(Object.isFrozen(instance.exports));
    assert.equal(instance.exports.same(5), 5);
  });
}

test('what is pending, and what is not', () => {
  const host = createDirectSockets(OPTIONS);
  for (const value of [0, undefined, null, 'text', {}, Promise.resolve()]) assert.equal(host.isPending(value), false);
});

test('imports made on demand, and none at all', PATIENCE, async () => {
  const host = createDirectSockets(OPTIONS);
  const asked = [];
  const imports = new Proxy(programImports(), {
    get: (target, name) => {
      asked.push(name);
      return target[name];
    },
  });
  const instance = new host.Instance(new WebAssembly.Module(programBytes()), imports);
  assert.equal(await instance.exports.main(1), 1);
  assert.ok(asked.includes('env') && !asked.includes('direct_sockets'));
  assert.equal((await host.instantiate(foreignBytes())).instance.exports.same(2), 2);
  await assert.rejects(host.instantiate(programBytes(), {}), TypeError);
  assert.throws(() => new host.Instance(new WebAssembly.Module(programBytes()), {}), TypeError);
});

test('two instances of one glue share no state, whatever the order of their attachment', PATIENCE, async () => {
  const host = createDirectSockets(OPTIONS);
  const log = [];
  const links = ['a', 'b'].map((name) =>
    host.link(programImports({ ticket_expired: () => log.push(name), ticket_timeout: () => (name === 'a' ? 0 : 1e9) })),
  );
  const module = new WebAssembly.Module(programBytes());
  const [a, b] = links.map((linked) => [new WebAssembly.Instance(module, linked), linked]);
  const second = host.attach(...b);
  const first = host.attach(...a);
  let ended = false;
  second.exports.main(2).then(() => {
    ended = true;
  });
  assert.equal(await first.exports.main(1), 1);
  assert.deepEqual(log, ['a']);
  assert.equal(ended, false);
  second.exports.command(Command.Wake, 7, 0, 0);
  while (!ended) await new Promise(setImmediate);
  assert.deepEqual(log, ['a']);
});

test('commands before the instance is attached', () => {
  const host = createDirectSockets(OPTIONS);
  const { direct_sockets: ours } = host.link({});
  assert.equal(ours.command(Command.TcpConnect, 1, 0, 0), Errno.ENETDOWN);
  assert.ok(ours.now() <= performance.now());
  assert.equal(ours.jstag, WebAssembly.JSTag);
});

test('rethrow asks the glue, and without it lets everything through', () => {
  const host = createDirectSockets(OPTIONS);
  const { direct_sockets: ours } = host.link({}, { rethrow: (e) => e !== e + 0 });
  assert.equal(ours.rethrow(5), 0);
  assert.equal(ours.rethrow(new Error()), 1);
  assert.equal(host.link({}).direct_sockets.rethrow(5), 1);
});

test('an engine without JSPI: exports stay synchronous, waiting throws, one line says so', PATIENCE, async () => {
  const warn = mock.method(console, 'warn', () => {});
  mock.property(WebAssembly, 'Suspending', undefined);
  try {
    const host = createDirectSockets(OPTIONS);
    const { exports } = new host.Instance(new WebAssembly.Module(programBytes()), programImports());
    new host.Instance(new WebAssembly.Module(programBytes()), programImports());
    assert.throws(() => exports.main(3), /cannot suspend/);
    assert.equal(exports.same(5), 5);
    assert.equal(warn.mock.callCount(), 1);
    assert.match(warn.mock.calls[0].arguments[0], /JavaScript Promise Integration/);
  } finally {
    mock.restoreAll();
  }
});

function run(imports, extra) {
  const host = createDirectSockets(OPTIONS);
  const { exports } = new host.Instance(new WebAssembly.Module(programBytes()), programImports(imports), extra);
  return { host, exports };
}

test('finish: the value, what done throws, what main throws', PATIENCE, async () => {
  const { host, exports } = run();
  const unreachable = () => assert.fail();
  assert.equal(await host.finish(exports.main(3), (status) => status + 1, unreachable), 4);
  const thrown = await host.finish(
    exports.main(3),
    (status) => {
      throw `exit ${status}`;
    },
    (error) => [error],
  );
  assert.deepEqual(thrown, ['exit 3']);

  const broken = run({
    leave: () => {
      throw 'exit 9';
    },
  });
  const failed = await broken.host.finish(broken.exports.main(0), unreachable, (error) => [error]);
  assert.deepEqual(failed, ['exit 9']);
  await assert.rejects(
    host.finish(exports.main(0), unreachable, () => {
      throw new Error('uncaught');
    }),
    /uncaught/,
  );
});

test('finish waits until the queues are empty, except after "unwind"', PATIENCE, async () => {
  let left = 3;
  const order = [];
  const finish = () => {
    order.push('finish');
    return left > 0 ? 1 : 0;
  };
  const { host, exports } = run({ finish });
  const done = host.finish(
    exports.main(1),
    () => order.push('done'),
    () => assert.fail(),
  );
  // Each closed socket is progress.
  while (order.length === 0) await new Promise(setImmediate);
  for (; left > 0; await new Promise(setImmediate)) {
    left -= 1;
    exports.command(Command.Close, left, 0, 0);
  }
  await done;
  assert.deepEqual(order, ['finish', 'finish', 'finish', 'finish', 'done']);

  const unwinding = run({
    finish: () => assert.fail('the program goes on'),
    leave: () => {
      throw 'unwind';
    },
  });
  const error = await unwinding.host.finish(unwinding.exports.main(0), assert.fail, (e) => e);
  assert.equal(error, 'unwind');
});

test('the end of main is not the end of a program that is kept alive', PATIENCE, async () => {
  const extra = { keepalive: { push() {}, pop() {}, alive: () => true } };
  const { host, exports } = run({ finish: () => assert.fail('the program goes on') }, extra);
  assert.equal(
    await host.finish(
      exports.main(3),
      (status) => status,
      () => assert.fail(),
    ),
    3,
  );
});

test('the glue is told of main, suspended', PATIENCE, async () => {
  let depth = 0;
  const seen = [];
  const extra = { keepalive: { push: () => depth++, pop: () => depth-- } };
  const { host, exports } = run({ leave: (status) => seen.push(depth) && status }, extra);
  const promise = exports.main(3);
  assert.equal(depth, 1);
  await host.finish(promise, () => seen.push(depth), assert.fail);
  assert.deepEqual(seen, [0, 0]);
});

// The script as it is embedded.

const PROGRAM = `new Uint8Array([${programBytes()}])`;
const IMPORTS = `((nothing) => ({
  env: { leave: (status) => status },
  events: { finish: nothing, ticket_timeout: nothing, ticket_expired: nothing, scratch: () => 1024,
    ...Object.fromEntries(['opened', 'failed', 'closed'].map((event) => [event, () => console.log(event)])) },
}))(() => 0)`;
const INSTANCE = `new directSockets.Instance(new WebAssembly.Module(${PROGRAM}),${IMPORTS})`;
const USE = `directSockets.finish(${INSTANCE}.exports.main(6),(s)=>console.log('status '+s),(e)=>{throw e})`;
const folder = mkdtempSync(join(tmpdir(), 'direct-sockets-'));
after(() => rmSync(folder, { recursive: true }));

/** Runs a script in a node of its own. */
async function node(name, text) {
  const file = join(folder, name);
  writeFileSync(file, text);
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'pipe'], timeout: 20_000 });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes) => {
      output += bytes;
    });
  }
  const [status] = await once(child, 'close');
  return { status, output };
}

for (const [kind, name, head] of [
  ['a CommonJS script', 'a.cjs', ''],
  ['a strict script', 'b.cjs', '"use strict";\n'],
  ['an ES module', 'c.mjs', ''],
]) {
  test(`embedded in ${kind}`, PATIENCE, async () => {
    assert.deepEqual(await node(name, head + prelude(OPTIONS) + USE), { status: 0, output: 'status 6\n' });
  });
}

test('embedded in a classic script of a page: nothing of Node, no eval', PATIENCE, async () => {
  const warnings = [];
  const page = {
    WebAssembly,
    performance,
    console: { warn: (line) => warnings.push(line) },
    MessageChannel,
    queueMicrotask,
  };
  page.setTimeout = setTimeout;
  page.clearTimeout = clearTimeout;
  const contextOptions = { contextCodeGeneration: { strings: false, wasm: true } };
  const host = runInNewContext(`${prelude({})}directSockets`, page, contextOptions);
  assert.deepEqual(warnings, [], 'silent until a socket is wanted');
  const { exports } = new host.Instance(new WebAssembly.Module(programBytes()), programImports());
  assert.equal(exports.command(Command.UdpOpen, 1, 2048, 0), Errno.ENETDOWN);
  assert.equal(exports.command(Command.UdpOpen, 2, 2048, 0), Errno.ENETDOWN);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0], /^direct sockets: no network: /);
});

test('a program that waits lives, and one that ends ends', PATIENCE, async () => {
  const script = `${prelude(OPTIONS)}
    const imports = ${IMPORTS};
    imports.events.ticket_timeout = () => Infinity;
    const program = new directSockets.Instance(new WebAssembly.Module(${PROGRAM}), imports).exports;
    const view = new DataView(program.memory.buffer);
    view.setUint16(2048, 4, true);
    view.setUint8(2056, 127);
    view.setUint8(2059, 1);
    program.command(${Command.TcpListen}, 1, 2048, 5);
    program.command(${Command.UdpOpen}, 2, 2048, 0);
    program.main(4).then((status) => console.log('status ' + status));
    // Nothing but the wait keeps the process alive until this, and nothing at all after it.
    setTimeout(() => program.command(${Command.Wake}, 7, 0, 0), 100).unref();`;
  const { status, output } = await node('waits.cjs', script);
  assert.equal(status, 0);
  assert.deepEqual(output.split('\n').sort(), ['', 'opened', 'opened', 'status 4']);
});

for (const [what, thrown, printed] of [
  ['an error', 'new Error("broken")', /Error: broken/],
  ['a number', '12345', /12345/],
]) {
  test(`what failed throws is uncaught: ${what}`, PATIENCE, async () => {
    const use = `directSockets.finish(${INSTANCE}.exports.main(6),()=>{throw ${thrown}},(e)=>{throw e})`;
    const { status, output } = await node('uncaught.cjs', prelude(OPTIONS) + use);
    assert.equal(status, 1);
    assert.match(output, printed);
  });
}
