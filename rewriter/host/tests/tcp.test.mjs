/** TCP through the bridge and Node's backend, against plain `node:net` peers on the loopback. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, test } from 'node:test';
import { createDirectSockets } from '../bridge.js';
import { Closing, Command, Errno, HostOption, OpenFlag } from '../interface.js';
import { FakeRuntime, loopback } from './fake-runtime.mjs';

const PATIENCE = { timeout: 20_000 };
const cleanup = [];
afterEach(() => {
  while (cleanup.length > 0) cleanup.pop()();
});

/** A server on a free port, and its connections in the order of their coming. */
async function serve(options = {}, host = '127.0.0.1') {
  const server = net.createServer({ allowHalfOpen: true, ...options });
  const connections = [];
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    connections.push(socket);
  });
  cleanup.push(() => {
    for (const socket of connections) socket.destroy();
    server.close();
  });
  server.listen(0, host);
  await once(server, 'listening');
  const next = async () => connections[0] ?? (await once(server, 'connection'))[0];
  return { server, port: server.address().port, next, connections };
}

function start(options) {
  const runtime = new FakeRuntime().attach(createDirectSockets(options));
  cleanup.push(() => {
    for (const [id, socket] of runtime.sockets) if (!socket.closed) runtime.command(Command.Close, id, 1);
  });
  return runtime;
}

async function readAll(socket) {
  const hash = createHash('sha256');
  let length = 0;
  // Iterating to the end would destroy the socket, also its other direction.
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    hash.update(chunk);
    length += chunk.length;
  }
  return { length, hash: hash.digest('hex') };
}

const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');

test('a connection: endpoints, bytes both ways, FIN both ways, closed once', PATIENCE, async () => {
  const { port, next } = await serve();
  const runtime = start();
  const socket = await runtime.open(Command.TcpConnect, 1, { remote: loopback(port), flags: OpenFlag.NO_DELAY });
  const peer = await next();
  assert.deepEqual(socket.opened.remote, loopback(port));
  assert.deepEqual(socket.opened.local, loopback(peer.remotePort));

  runtime.send(1, Buffer.from('question'));
  const [question] = await once(peer, 'data');
  assert.equal(question.toString(), 'question');
  peer.end('answer');
  await runtime.until(() => socket.ended);
  assert.equal(socket.bytes.toString(), 'answer');

  const ended = once(peer, 'end');
  await runtime.close(1);
  await ended;
  assert.equal(socket.errno, undefined);
  assert.deepEqual(runtime.log.at(-1), ['closed', 1]);
});

test('IPv6, and a name', PATIENCE, async () => {
  const { port, next } = await serve({}, '::1');
  const runtime = start();
  const remote = { family: 6, address: '::1', port, scope: 0 };
  const socket = await runtime.open(Command.TcpConnect, 1, { remote, flags: OpenFlag.IPV6 });
  assert.equal(socket.opened.remote.address, '0:0:0:0:0:0:0:1');
  assert.equal((await next()).remotePort, socket.opened.local.port);

  const ipv4 = await serve();
  const named = await runtime.open(Command.TcpConnect, 2, {
    name: 'localhost',
    remote: { ...loopback(0), port: ipv4.port },
  });
  assert.deepEqual(named.opened.remote, loopback(ipv4.port));
});

test('a local endpoint is bound before connecting', PATIENCE, async () => {
  const free = await serve();
  const local = loopback(free.port);
  free.server.close();
  await once(free.server, 'close');
  const { port, next } = await serve();
  const runtime = start();
  const socket = await runtime.open(Command.TcpConnect, 1, { local, remote: loopback(port) });
  assert.deepEqual(socket.opened.local, local);
  assert.equal((await next()).remotePort, local.port);
});

test('refused, then closed', PATIENCE, async () => {
  const { server, port } = await serve();
  server.close();
  await once(server, 'close');
  const runtime = start();
  const socket = await runtime.open(Command.TcpConnect, 1, { remote: loopback(port) });
  assert.equal(socket.errno, Errno.ECONNREFUSED);
  assert.equal(socket.closed, false, 'closed answers Close only');
  await runtime.close(1);
  assert.equal(runtime.count('closed'), 1);
});

test('the host stops at the ring limit, and nothing is lost', PATIENCE, async () => {
  const { port, next } = await serve();
  const runtime = start();
  const socket = runtime.socket(1);
  socket.limit = 100_000;
  socket.piece = 7777;
  await runtime.open(Command.TcpConnect, 1, { remote: loopback(port) });
  const payload = randomBytes(3_000_000);
  const peer = await next();
  peer.end(payload);

  const taken = [];
  while (!socket.ended) {
    await runtime.until(() => socket.receivedBytes >= socket.limit || socket.ended);
    assert.ok(socket.receivedBytes <= socket.limit, 'the ring is never overfilled');
    taken.push(socket.take());
    runtime.command(Command.Resume, 1);
  }
  assert.equal(sha(Buffer.concat(taken)), sha(payload));
});

test('while the program does not read, the peer is held back', PATIENCE, async () => {
  const { port, next } = await serve();
  const runtime = start();
  const socket = runtime.socket(1);
  socket.limit = 10_000;
  await runtime.open(Command.TcpConnect, 1, { remote: loopback(port) });
  const peer = await next();
  let blocked = false;
  // Far more than the buffers of both kernels hold.
  for (let i = 0; i < 1000 && !blocked; i++) {
    blocked = !peer.write(randomBytes(65536)) && peer.writableLength > 16 * 1024 * 1024;
  }
  await runtime.until(() => socket.receivedBytes >= socket.limit);
  assert.ok(blocked);
  assert.ok(socket.receivedBytes <= 10_000);
  assert.ok(runtime.count('recv_commit') < 3);
});

test('what came before a reset is still delivered, then the error, never an end', PATIENCE, async () => {
  const { port, next } = await serve();
  const runtime = start();
  const socket = await runtime.open(Command.TcpConnect, 1, { remote: loopback(port) });
  const peer = await next();
  peer.write('last words');
  await runtime.until(() => socket.receivedBytes === 10);
  peer.resetAndDestroy();
  await runtime.until(() => socket.errno !== undefined);
  assert.equal(socket.errno, Errno.ECONNRESET);
  assert.equal(socket.ended, false);
  await runtime.close(1);
});

test('a reset while paused comes after the bytes that did not fit the ring', PATIENCE, async () => {
  const { port, next } = await serve();
  const runtime = start();
  const socket = runtime.socket(1);
  socket.limit = 4;
  await runtime.open(Command.TcpConnect, 1, { remote: loopback(port) });
  const peer = await next();
  peer.write('0123456789');
  await runtime.until(() => socket.receivedBytes === 4);
  peer.resetAndDestroy();
  await once(peer, 'close');
  assert.equal(socket.errno, undefined);
  const taken = [];
  while (socket.errno === undefined) {
    taken.push(socket.take());
    runtime.command(Command.Resume, 1);
    await runtime.until(() => socket.receivedBytes > 0 || socket.errno !== undefined);
  }
  taken.push(socket.take());
  assert.equal(Buffer.concat(taken).toString(), '0123456789');
  assert.equal(socket.errno, Errno.ECONNRESET);
  assert.equal(socket.ended, false);
});

test('the send ring is drained whole, in few pieces', PATIENCE, async () => {
  const { port, next } = await serve();
  const runtime = start();
  await runtime.open(Command.TcpConnect, 1, { remote: loopback(port) });
  const payload = randomBytes(8 * 1024 * 1024 + 17);
  const received = readAll(await next());
  runtime.send(1, payload);
  runtime.command(Command.Shutdown, 1);
  assert.deepEqual(await received, { length: payload.length, hash: sha(payload) });
  assert.equal(runtime.socket(1).queue.length, 0);
  assert.ok(runtime.sends <= 130, `${runtime.sends} writes`);
});

test('many small sends before the runtime returns are one write', PATIENCE, async () => {
  const { port, next } = await serve();
  const runtime = start();
  await runtime.open(Command.TcpConnect, 1, { remote: loopback(port) });
  const received = readAll(await next());
  for (let i = 0; i < 1000; i++) runtime.send(1, Buffer.from('x'));
  runtime.command(Command.Shutdown, 1);
  assert.equal((await received).length, 1000);
  assert.equal(runtime.sends, 1);
});

test('no event comes before a command has returned', PATIENCE, async () => {
  const { port } = await serve();
  const runtime = start();
  await runtime.open(Command.TcpConnect, 1, { remote: loopback(port) });
  for (const [op, a] of [
    [Command.Send, 0],
    [Command.Resume, 0],
    [Command.Shutdown, 0],
    [Command.Close, 0],
  ]) {
    const events = runtime.log.length;
    runtime.command(op, 1, a);
    assert.equal(runtime.log.length, events);
  }
  await runtime.until(() => runtime.socket(1).closed);
});

test('half-close: FIN goes out, and the answer still comes in', PATIENCE, async () => {
  const { port, next } = await serve();
  const runtime = start();
  const socket = await runtime.open(Command.TcpConnect, 1, { remote: loopback(port) });
  const peer = await next();
  runtime.send(1, Buffer.from('all I have'));
  runtime.command(Command.Shutdown, 1);
  const { length } = await readAll(peer);
  assert.equal(length, 10);
  peer.end('and this is mine');
  await runtime.until(() => socket.ended);
  assert.equal(socket.bytes.toString(), 'and this is mine');
  await runtime.close(1);
});

test('close delivers what is queued', PATIENCE, async () => {
  const { port, next } = await serve();
  const runtime = start();
  await runtime.open(Command.TcpConnect, 1, { remote: loopback(port) });
  const peer = await next();
  peer.pause();
  const payload = randomBytes(6_000_000);
  runtime.send(1, payload);
  runtime.command(Command.Close, 1, 0);
  const received = await readAll(peer);
  assert.deepEqual(received, { length: payload.length, hash: sha(payload) });
  await runtime.until(() => runtime.socket(1).closed);
});

test('an abortive close resets, with and without bytes queued', PATIENCE, async () => {
  const { port, connections, server } = await serve();
  const runtime = start();
  for (const id of [1, 2]) {
    const accepted = once(server, 'connection');
    await runtime.open(Command.TcpConnect, id, { remote: loopback(port) });
    await accepted;
    const peer = connections[id - 1];
    const failed = new Promise((resolve) => peer.once('error', resolve));
    peer.pause();
    if (id === 2) runtime.send(2, randomBytes(30_000_000));
    await runtime.close(id, true);
    peer.resume();
    assert.equal((await failed).code, 'ECONNRESET');
  }
});

test('closing a connection that is not open yet', PATIENCE, async () => {
  const { port } = await serve();
  const runtime = start();
  runtime.command(Command.TcpConnect, 1, runtime.request({ remote: loopback(port) }));
  await runtime.close(1);
  assert.deepEqual(
    runtime.log.map(([name]) => name),
    ['closed'],
  );
});

test('close after the peer has reset', PATIENCE, async () => {
  const { port, next } = await serve();
  const runtime = start();
  const socket = await runtime.open(Command.TcpConnect, 1, { remote: loopback(port) });
  (await next()).resetAndDestroy();
  await runtime.until(() => socket.errno !== undefined);
  await runtime.close(1);
  assert.equal(runtime.count('closed'), 1);
});

test('the memory may grow at any event', PATIENCE, async () => {
  const { port, next } = await serve();
  const runtime = start();
  const socket = await runtime.open(Command.TcpConnect, 1, { remote: loopback(port) });
  const peer = await next();
  runtime.growth = 3;
  peer.write('before and after');
  await runtime.until(() => socket.receivedBytes === 16);
  assert.equal(socket.bytes.toString(), 'before and after');
});

test('options of an open connection', PATIENCE, async () => {
  const { port } = await serve();
  const runtime = start();
  await runtime.open(Command.TcpConnect, 1, { remote: loopback(port), keepAlive: 30_000 });
  assert.equal(runtime.command(Command.SetOption, 1, HostOption.NoDelay, 1), 0);
  assert.equal(runtime.command(Command.SetOption, 1, HostOption.KeepAlive, 1000), 0);
  assert.equal(runtime.command(Command.SetOption, 1, HostOption.Ttl, 3), Errno.ENOPROTOOPT);
  assert.equal(runtime.command(Command.SetOption, 99, HostOption.NoDelay, 1), Errno.EBADF);
  assert.equal(runtime.command(77, 1), Errno.ENOSYS);
});

test('listening: accept, talk, refuse, close', PATIENCE, async () => {
  const runtime = start();
  const listener = await runtime.open(Command.TcpListen, 1, { local: loopback(0) }, 5);
  const { port } = listener.opened.local;
  const client = net.connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  cleanup.push(() => client.destroy());
  await runtime.until(() => listener.accepted.length === 1);
  const [{ id, local, remote }] = listener.accepted;
  assert.deepEqual(local, loopback(port));
  assert.deepEqual(remote, loopback(client.localPort));

  client.end('hello');
  const accepted = runtime.socket(id);
  await runtime.until(() => accepted.ended);
  assert.equal(accepted.bytes.toString(), 'hello');
  runtime.send(id, Buffer.from('bye'));
  runtime.command(Command.Close, id, 0);
  assert.equal((await readAll(client)).length, 3);
  await runtime.until(() => accepted.closed);

  runtime.refusing = true;
  const refused = net.connect({ host: '127.0.0.1', port });
  const [error] = await once(refused, 'error');
  assert.equal(error.code, 'ECONNRESET');

  await runtime.close(1);
  const late = net.connect({ host: '127.0.0.1', port });
  assert.equal((await once(late, 'error'))[0].code, 'ECONNREFUSED');
});

test('an accepted connection is held back at the ring limit too', PATIENCE, async () => {
  const runtime = start();
  const listener = await runtime.open(Command.TcpListen, 1, { local: loopback(0) }, 5);
  const client = net.connect({ host: '127.0.0.1', port: listener.opened.local.port });
  cleanup.push(() => client.destroy());
  await runtime.until(() => listener.accepted.length === 1);
  const { id } = listener.accepted[0];
  const socket = runtime.socket(id);
  socket.limit = 50_000;
  const payload = randomBytes(1_000_000);
  client.end(payload);
  const taken = [];
  while (!socket.ended) {
    await runtime.until(() => socket.receivedBytes >= socket.limit || socket.ended);
    taken.push(socket.take());
    runtime.command(Command.Resume, id);
  }
  assert.equal(sha(Buffer.concat(taken)), sha(payload));
});

test('a port in use', PATIENCE, async () => {
  const { port } = await serve();
  const runtime = start();
  const socket = await runtime.open(Command.TcpListen, 1, { local: loopback(port) }, 5);
  assert.equal(socket.errno, Errno.EADDRINUSE);
  await runtime.close(1);
});

test('a bound socket has a port at once, refuses who connects, then listens there', PATIENCE, async () => {
  const runtime = start();
  const socket = await runtime.open(Command.TcpBind, 1, { local: loopback(0) });
  const { local, remote } = socket.opened;
  assert.equal(local.address, '127.0.0.1');
  assert.notEqual(local.port, 0);
  assert.equal(remote.family, 0);
  const early = net.connect({ host: '127.0.0.1', port: local.port });
  assert.equal((await once(early, 'error'))[0].code, 'ECONNREFUSED');

  socket.opened = undefined;
  await runtime.open(Command.TcpListen, 1, { local }, 0);
  assert.deepEqual(socket.opened.local, local);
  const client = net.connect({ host: '127.0.0.1', port: local.port });
  cleanup.push(() => client.destroy());
  await runtime.until(() => socket.accepted.length === 1);

  await runtime.close(1);
  assert.equal(runtime.count('closed'), 1);
  const again = await runtime.open(Command.TcpBind, 2, { local });
  assert.deepEqual(again.opened.local, local, 'the port is free again');
});

test('a bound socket connects from its endpoint, in either family', PATIENCE, async () => {
  const runtime = start();
  const four = await serve();
  const dual = await runtime.open(Command.TcpBind, 1, {
    local: { family: 6, address: '::', port: 0, scope: 0 },
    flags: OpenFlag.IPV6,
  });
  const from = dual.opened.local.port;
  dual.opened = undefined;
  await runtime.open(Command.TcpConnect, 1, { remote: loopback(four.port), flags: OpenFlag.IPV6 });
  assert.equal(dual.opened.local.port, from);
  assert.equal((await four.next()).remotePort, from);
  runtime.send(1, Buffer.from('from a bound socket'));
  assert.equal((await once(four.connections[0], 'data'))[0].toString(), 'from a bound socket');
  four.connections[0].end('to it');
  await runtime.until(() => dual.ended);
  assert.equal(dual.bytes.toString(), 'to it');
});

test('a bound socket that is refused, and one that is closed unused', PATIENCE, async () => {
  const { server, port } = await serve();
  server.close();
  await once(server, 'close');
  const runtime = start();
  const socket = await runtime.open(Command.TcpBind, 1, { local: loopback(0) });
  const { local } = socket.opened;
  socket.opened = undefined;
  await runtime.open(Command.TcpConnect, 1, { local, remote: loopback(port) });
  assert.equal(socket.errno, Errno.ECONNREFUSED);
  await runtime.close(1);

  const again = await runtime.open(Command.TcpBind, 2, { local });
  assert.deepEqual(again.opened.local, local, 'the port was freed');
  await runtime.close(2);
  assert.equal((await runtime.open(Command.TcpBind, 3, { local })).errno, undefined);
});

test('what can not be bound', PATIENCE, async () => {
  const { port } = await serve();
  const runtime = start();
  assert.equal((await runtime.open(Command.TcpBind, 1, { local: loopback(port) })).errno, Errno.EADDRINUSE);
  const foreign = { ...loopback(0), address: '192.0.2.1' };
  assert.equal((await runtime.open(Command.TcpBind, 2, { local: foreign })).errno, Errno.EADDRNOTAVAIL);
  await runtime.close(1);
  await runtime.close(2);
});

test('IPV6_V6ONLY leaves the IPv4 port to others, SO_REUSEPORT shares one', PATIENCE, async () => {
  const runtime = start();
  const any6 = (port) => ({ family: 6, address: '::', port, scope: 0 });
  const flags = OpenFlag.IPV6 | OpenFlag.V6_ONLY;
  const six = await runtime.open(Command.TcpBind, 1, { local: any6(0), flags });
  const { port } = six.opened.local;
  await runtime.open(Command.TcpListen, 1, { local: six.opened.local, flags }, 5);
  const four = await runtime.open(Command.TcpListen, 2, { local: { ...loopback(port), address: '0.0.0.0' } }, 5);
  assert.equal(four.opened?.local.port, port);

  const shared = OpenFlag.REUSE_PORT;
  const first = await runtime.open(Command.TcpListen, 3, { local: loopback(0), flags: shared }, 5);
  const { local } = first.opened;
  const second = await runtime.open(Command.TcpListen, 4, { local, flags: shared }, 5);
  assert.deepEqual(second.opened?.local, local);
});

test('a Node without net.BoundSocket binds too', PATIENCE, async (context) => {
  context.mock.property(net, 'BoundSocket', undefined);
  const runtime = start();
  const listener = await runtime.open(Command.TcpBind, 1, { local: loopback(0) });
  const { local } = listener.opened;
  listener.opened = undefined;
  await runtime.open(Command.TcpListen, 1, { local }, 5);
  assert.deepEqual(listener.opened.local, local);
  assert.equal((await runtime.open(Command.TcpBind, 2, { local })).errno, Errno.EADDRINUSE);

  const client = await runtime.open(Command.TcpBind, 3, { local: loopback(0) });
  const from = client.opened.local;
  await runtime.open(Command.TcpConnect, 3, { local: from, remote: local });
  await runtime.until(() => listener.accepted.length === 1);
  assert.deepEqual(listener.accepted[0].remote, from);
  runtime.send(3, Buffer.from('hello'));
  const accepted = runtime.socket(listener.accepted[0].id);
  await runtime.until(() => accepted.receivedBytes === 5);
});

test('closing for a reset delivers what is queued first', PATIENCE, async () => {
  const { port, next } = await serve();
  const runtime = start();
  await runtime.open(Command.TcpConnect, 1, { remote: loopback(port) });
  const peer = await next();
  const failed = new Promise((resolve) => peer.once('error', resolve));
  const heard = once(peer, 'data');
  runtime.send(1, Buffer.from('last words'));
  runtime.command(Command.Close, 1, Closing.Reset);
  assert.equal((await heard)[0].toString(), 'last words');
  assert.equal((await failed).code, 'ECONNRESET');
  await runtime.until(() => runtime.socket(1).closed);
});

test('writing to a peer that has reset fails', PATIENCE, async () => {
  const { port, next } = await serve();
  const runtime = start();
  const socket = runtime.socket(1);
  socket.limit = 1;
  await runtime.open(Command.TcpConnect, 1, { remote: loopback(port) });
  const peer = await next();
  peer.write('more than fits');
  await runtime.until(() => socket.receivedBytes === 1);
  peer.resetAndDestroy();
  await once(peer, 'close');
  // Paused, nobody reads the reset; a write finds it.
  runtime.send(1, Buffer.from('x'));
  socket.limit = 100;
  runtime.command(Command.Resume, 1);
  await runtime.until(() => socket.errno !== undefined);
  assert.ok([Errno.ECONNRESET, Errno.EPIPE].includes(socket.errno));
  assert.equal(socket.bytes.toString(), 'more than fits');
  assert.equal(socket.ended, false);
});

test('what a listener was told holds for whom it accepts', PATIENCE, async (context) => {
  const noDelay = context.mock.method(net.Socket.prototype, 'setNoDelay');
  const keepAlive = context.mock.method(net.Socket.prototype, 'setKeepAlive');
  const runtime = start();
  const listener = await runtime.open(Command.TcpListen, 1, { local: loopback(0), flags: OpenFlag.NO_DELAY }, 5);
  assert.equal(runtime.command(Command.SetOption, 1, HostOption.KeepAlive, 5000), 0);
  assert.equal(runtime.command(Command.SetOption, 1, HostOption.ReceiveBuffer, 5000), Errno.ENOPROTOOPT);
  const client = net.connect({ host: '127.0.0.1', port: listener.opened.local.port });
  cleanup.push(() => client.destroy());
  await runtime.until(() => listener.accepted.length === 1);
  assert.deepEqual(noDelay.mock.calls[0].arguments, [true]);
  assert.deepEqual(keepAlive.mock.calls[0].arguments, [true, 5000]);
});
