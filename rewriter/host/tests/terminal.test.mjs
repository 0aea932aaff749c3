/** The terminal that a page gives the programs in it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDirectSockets } from '../bridge.js';
import { Command, Errno } from '../interface.js';
import { programBytes, programImports } from './program.mjs';

const PATIENCE = { timeout: 20_000 };

test('input is there, or is not yet, and who waits for it goes on when it is', PATIENCE, async () => {
  const host = createDirectSockets({ promising: ['main'] });
  const imports = programImports({ ticket_timeout: () => 3_600_000 });
  const { instance } = await host.instantiate(programBytes(), imports);
  const ask = () => instance.exports.command(Command.Input, 0, 0, 0);
  assert.equal(ask(), Errno.ENOSYS, 'nobody knows');
  let there = false;
  const arrived = host.terminal(() => there);
  assert.equal(ask(), Errno.EAGAIN);
  const main = instance.exports.main(3);
  there = true;
  arrived();
  assert.equal(await main, 3);
  assert.equal(ask(), 0);
});
