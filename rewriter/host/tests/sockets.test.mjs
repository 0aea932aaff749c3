/** What sockets do with a platform that behaves in ways that Node's seldom or never does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Closing, Errno, EXPORT_PREFIX } from '../interface.js';
import { Sockets } from '../sockets.js';
import { FakeRuntime, loopback } from './fake-runtime.mjs';

/** A TCP connection on a platform that the test plays. */
async function start({ limit = Number.POSITIVE_INFINITY } = {}) {
  const runtime = new FakeRuntime();
  const calls = [];
  const writes = [];
  let sink;
  const platform = {
    write: (bytes, done) => writes.push({ bytes: Buffer.from(bytes), done }),
    ...Object.fromEntries(
      ['cork', 'uncork', 'end', 'resume', 'ignoreInput', 'close', 'abort'].map((name) => [
        name,
        () => calls.push(name),
      ]),
    ),
    setOption: () => 0,
  };
  const backend = {
    connect: (_request, given) => {
      sink = given;
      return platform;
    },
  };
  const events = Object.fromEntries(
    Object.entries(runtime.exports()).map(([name, value]) => [name.slice(EXPORT_PREFIX.length), value]),
  );
  let progress = 0;
  const sockets = new Sockets(events, runtime.layout, backend, () => {
    progress += 1;
  });
  runtime.socket(1).limit = limit;
  assert.equal(sockets.connect(1, runtime.request({ remote: loopback(9) })), 0);
  sink.opened(loopback(1), loopback(9));
  await turn();
  return { runtime, socket: runtime.socket(1), sockets, sink, calls, writes, progress: () => progress };
}

const turn = () => new Promise(setImmediate);
const names = (runtime) => runtime.log.map(([name]) => name);

test('bytes and FIN that come after the host was told to stop are kept, in order', async () => {
  const { runtime, socket, sockets, sink, calls } = await start({ limit: 4 });
  assert.equal(sink.data(Buffer.from('0123456')), false);
  assert.equal(sink.data(Buffer.from('789')), false);
  sink.ended();
  assert.equal(socket.ended, false);
  const taken = [];
  for (let i = 0; i < 2; i++) {
    assert.equal(socket.ended, false);
    taken.push(socket.take());
    sockets.resume(1);
    await turn();
  }
  taken.push(socket.take());
  assert.equal(Buffer.concat(taken).toString(), '0123456789');
  assert.equal(socket.ended, true);
  assert.equal(runtime.count('recv_end'), 1);
  assert.deepEqual(calls, [], 'there is nothing more to read');
});

test('an error after the held bytes and their FIN wins over the FIN', async () => {
  const { socket, sockets, sink } = await start({ limit: 1 });
  sink.data(Buffer.from('ab'));
  sink.ended();
  sink.failed(Errno.ECONNRESET);
  socket.take();
  sockets.resume(1);
  await turn();
  assert.equal(socket.errno, Errno.ECONNRESET);
  assert.equal(socket.ended, false);
});

test('reading goes on once all that was held is in the ring', async () => {
  const { socket, sockets, sink, calls } = await start({ limit: 4 });
  sink.data(Buffer.from('01234'));
  sockets.resume(1);
  await turn();
  assert.deepEqual(calls, [], 'the ring is still full');
  socket.take();
  sockets.resume(1);
  await turn();
  assert.deepEqual(calls, ['resume']);
});

test('writes that are under way together carry different bytes', async () => {
  const { runtime, socket, sockets, writes } = await start();
  socket.queue = Buffer.concat([Buffer.alloc(65536, 1), Buffer.alloc(65536, 2), Buffer.alloc(10, 3)]);
  sockets.send(1);
  sockets.send(1);
  await turn();
  assert.deepEqual(
    writes.map(({ bytes }) => [bytes.length, bytes[0]]),
    [
      [65536, 1],
      [65536, 2],
    ],
  );
  writes[0].done(true);
  assert.deepEqual([writes[2].bytes.length, writes[2].bytes[0]], [10, 3]);
  writes[1].done(true);
  writes[2].done(true);
  assert.equal(writes.length, 3);
  assert.equal(socket.queue.length, 0);
  assert.equal(runtime.count('send_done'), 3);
});

test('writes that follow each other at once are told to be one, a single one is not', async () => {
  const { socket, sockets, writes, calls } = await start();
  socket.queue = Buffer.alloc(65536 + 10);
  sockets.send(1);
  await turn();
  assert.deepEqual(calls, ['cork', 'uncork']);
  assert.equal(writes.length, 2);
  for (const { done } of writes) done(true);
  socket.queue = Buffer.alloc(65536);
  sockets.send(1);
  await turn();
  assert.equal(writes.length, 3);
  assert.deepEqual(calls.slice(2), []);
});

test('bytes of a write that failed stay queued', async () => {
  const { runtime, socket, sockets, sink, writes } = await start();
  socket.queue = Buffer.alloc(100);
  sockets.send(1);
  await turn();
  writes[0].done(false);
  sink.failed(Errno.EPIPE);
  sockets.send(1);
  await turn();
  assert.equal(writes.length, 1);
  assert.equal(runtime.count('send_done'), 0);
  assert.equal(socket.errno, Errno.EPIPE);
});

test('close: input is ignored, the queue goes out, then the platform closes, once', async () => {
  const { runtime, socket, sockets, sink, calls, writes, progress } = await start();
  socket.queue = Buffer.from('last');
  sockets.close(1, Closing.Deliver);
  await turn();
  assert.deepEqual(calls, ['ignoreInput']);
  assert.equal(sink.data(Buffer.from('late')), false);
  sink.ended();
  writes[0].done(true);
  assert.deepEqual(calls, ['ignoreInput', 'close']);
  sink.closed();
  sink.closed();
  assert.ok(progress() > 0);
  assert.deepEqual(names(runtime).slice(-2), ['send_peek', 'closed']);
  assert.equal(socket.receivedBytes, 0);
});

test('close after shutdown, and a peer that resets while the queue goes out', async () => {
  const shut = await start();
  shut.sockets.shutdown(1);
  await turn();
  assert.deepEqual(shut.calls, ['end']);
  shut.sockets.close(1, Closing.Deliver);
  await turn();
  assert.deepEqual(shut.calls, ['end', 'ignoreInput', 'close']);

  const reset = await start();
  reset.socket.queue = Buffer.from('never');
  reset.sockets.close(1, Closing.Deliver);
  await turn();
  reset.sink.failed(Errno.ECONNRESET);
  assert.deepEqual(reset.calls, ['ignoreInput', 'abort']);
  reset.sink.closed();
  assert.equal(reset.runtime.count('failed'), 0, 'nobody is left to hear it');
  assert.equal(reset.runtime.count('closed'), 1);
});

test('the platform is done first: closed answers the later Close', async () => {
  const { runtime, sockets, sink } = await start();
  sink.closed();
  await turn();
  assert.equal(runtime.count('closed'), 0);
  sockets.close(1, Closing.Deliver);
  sockets.close(1, Closing.Abort);
  await turn();
  assert.equal(runtime.count('closed'), 1);
});

test('abortAll resets what still delivers', async () => {
  const { sockets, calls } = await start();
  sockets.close(1, Closing.Deliver);
  sockets.abortAll();
  await turn();
  assert.ok(calls.includes('abort'));
});
