/** What keeps a process alive and what does not: sockets never, a call that waits always. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { test } from 'node:test';

const LIMIT = 10_000;

/** Runs a module in a node of its own and answers what it printed; it has to end by itself. */
async function run(text) {
  const here = new URL('.', import.meta.url);
  const prelude = `
    import { createDirectSockets } from '${new URL('../bridge.js', here)}';
    import { Command } from '${new URL('../interface.js', here)}';
    import { FakeRuntime, loopback } from '${new URL('fake-runtime.mjs', here)}';
    const runtime = new FakeRuntime().attach(createDirectSockets());
  `;
  const options = { timeout: LIMIT, killSignal: 'SIGKILL', cwd: fileURLToPath(here) };
  const arguments_ = ['--input-type=module', '--eval', prelude + text];
  const { stdout } = await promisify(execFile)(process.execPath, arguments_, options);
  return stdout;
}

test('sockets of every kind, left open, do not keep the process', async () => {
  const printed = await run(`
    const bound = await runtime.open(Command.TcpBind, 1, { local: loopback(0) });
    await runtime.open(Command.TcpBind, 2, { local: loopback(0) });
    bound.opened = undefined;
    await runtime.open(Command.TcpListen, 1, {}, 5);
    await runtime.open(Command.TcpConnect, 2, { remote: bound.opened.local });
    await runtime.until(() => bound.accepted.length === 1);
    await runtime.open(Command.TcpBind, 3, { local: loopback(0) });
    await runtime.open(Command.UdpOpen, 4, { local: loopback(0) });
    await runtime.connectUdp(4, loopback(9));
    console.log([...runtime.sockets.values()].filter(({ opened }) => opened).length);
  `);
  assert.equal(printed, '5\n');
});

test('a call that waits does', async () => {
  const printed = await run(`
    import { createNodeBackend } from '${new URL('../backends/node.js', import.meta.url)}';
    const backend = createNodeBackend(() => {});
    backend.hold();
    setTimeout(() => {
      console.log('still here');
      backend.release();
    }, 50).unref();
  `);
  assert.equal(printed, 'still here\n');
});
