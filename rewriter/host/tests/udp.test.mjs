/** UDP and names through the bridge and Node's backend, and what is answered where there is no network at all. */
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { afterEach, mock, test } from 'node:test';
import { createDirectSockets } from '../bridge.js';
import { Command, Errno, HostOption, NO_ENDPOINT, OpenFlag } from '../interface.js';
import { FakeRuntime, loopback } from './fake-runtime.mjs';

const PATIENCE = { timeout: 20_000 };
const IPV6_LOOPBACK = '0:0:0:0:0:0:0:1';
const cleanup = [];
afterEach(() => {
  while (cleanup.length > 0) cleanup.pop()();
});

async function peerSocket(type = 'udp4', address = '127.0.0.1') {
  const socket = dgram.createSocket(type);
  socket.bind(0, address);
  await once(socket, 'listening');
  const close = async () => {
    const closed = once(socket, 'close');
    socket.close();
    await closed;
  };
  let open = true;
  socket.on('close', () => {
    open = false;
  });
  cleanup.push(() => open && close());
  return { socket, port: socket.address().port, close };
}

function start(options) {
  const runtime = new FakeRuntime().attach(createDirectSockets(options));
  cleanup.push(() => {
    for (const [id, socket] of runtime.sockets) if (!socket.closed) runtime.command(Command.Close, id, 1);
  });
  return runtime;
}

test('a bound socket sends to and hears from anybody', PATIENCE, async () => {
  const peer = await peerSocket();
  const runtime = start();
  const socket = await runtime.open(Command.UdpOpen, 1, { local: loopback(0) });
  assert.equal(socket.opened.local.address, '127.0.0.1');
  assert.equal(socket.opened.remote.family, 0);

  assert.equal(runtime.sendDatagram(1, loopback(peer.port), Buffer.from('ping')), 0);
  const [bytes, from] = await once(peer.socket, 'message');
  assert.equal(bytes.toString(), 'ping');
  assert.equal(from.port, socket.opened.local.port);

  peer.socket.send('pong', from.port, '127.0.0.1');
  peer.socket.send('', from.port, '127.0.0.1');
  await runtime.until(() => socket.datagrams.length === 2);
  assert.deepEqual(
    socket.datagrams.map(({ bytes, sender }) => [bytes.toString(), sender]),
    [
      ['pong', loopback(peer.port)],
      ['', loopback(peer.port)],
    ],
  );
  assert.deepEqual(socket.sent, [{ count: 1, length: 4, errno: 0 }]);
  await runtime.close(1);
});

test('an empty datagram, and one of the greatest size', PATIENCE, async () => {
  const peer = await peerSocket();
  const runtime = start();
  const socket = await runtime.open(Command.UdpOpen, 1, {});
  for (const length of [0, 65507]) {
    const message = once(peer.socket, 'message');
    assert.equal(runtime.sendDatagram(1, loopback(peer.port), Buffer.alloc(length, 7)), 0);
    assert.equal((await message)[0].length, length);
  }
  runtime.sendDatagram(1, loopback(peer.port), Buffer.alloc(65508));
  await runtime.until(() => socket.sent.length === 3);
  assert.deepEqual(socket.sent[2], { count: 1, length: 65508, errno: Errno.EMSGSIZE });
  const message = once(peer.socket, 'message');
  runtime.sendDatagram(1, loopback(peer.port), Buffer.from('still usable'));
  assert.equal((await message)[0].toString(), 'still usable');
});

test('what can be seen to be wrong is answered at once', PATIENCE, async () => {
  const runtime = start();
  await runtime.open(Command.UdpOpen, 1, { local: loopback(0) });
  assert.equal(runtime.sendDatagram(1, loopback(0), Buffer.from('x')), Errno.EINVAL);
  assert.equal(runtime.sendDatagram(1, undefined, Buffer.from('x')), Errno.EDESTADDRREQ);
  assert.equal(runtime.sendDatagram(2, loopback(9), Buffer.from('x')), Errno.EBADF);
  assert.equal(runtime.socket(1).sent.length, 0);
});

test('a connected socket', PATIENCE, async () => {
  const peer = await peerSocket();
  const runtime = start();
  const socket = await runtime.open(Command.UdpOpen, 1, { remote: loopback(peer.port) });
  assert.deepEqual(socket.opened.remote, loopback(peer.port));
  assert.equal(socket.opened.local.address, '127.0.0.1');
  runtime.sendDatagram(1, undefined, Buffer.from('hi'));
  const [bytes, from] = await once(peer.socket, 'message');
  assert.equal(bytes.toString(), 'hi');
  peer.socket.send('yo', from.port, from.address);
  await runtime.until(() => socket.datagrams.length === 1);
});

test('a connected socket hears that nobody is there, and stays usable', PATIENCE, async () => {
  const peer = await peerSocket();
  const runtime = start();
  const { port } = peer;
  const socket = await runtime.open(Command.UdpOpen, 1, { remote: loopback(port) });
  await peer.close();
  runtime.sendDatagram(1, undefined, Buffer.from('anybody?'));
  const refused = () => socket.errno ?? socket.sent.find(({ errno }) => errno !== 0)?.errno;
  await runtime.until(() => refused() !== undefined);
  assert.equal(refused(), Errno.ECONNREFUSED);

  const again = dgram.createSocket('udp4');
  cleanup.push(() => again.close());
  again.bind(port, '127.0.0.1');
  await once(again, 'listening');
  const message = once(again, 'message');
  runtime.sendDatagram(1, undefined, Buffer.from('now?'));
  assert.equal((await message)[0].toString(), 'now?');
});

test('IPv6, and IPv4 through it', PATIENCE, async () => {
  const six = await peerSocket('udp6', '::1');
  const four = await peerSocket();
  const runtime = start();
  const socket = await runtime.open(Command.UdpOpen, 1, { flags: OpenFlag.IPV6 });
  const { port } = socket.opened.local;
  assert.equal(socket.opened.local.family, 6);
  runtime.sendDatagram(1, { family: 6, address: '::1', port: six.port, scope: 0 }, Buffer.from('6'));
  const [, from] = await once(six.socket, 'message');
  assert.equal(from.address, '::1');
  six.socket.send('back', port, '::1');
  await runtime.until(() => socket.datagrams.length === 1);
  assert.deepEqual(socket.datagrams[0].sender, { family: 6, address: IPV6_LOOPBACK, port: six.port, scope: 0 });

  runtime.sendDatagram(1, loopback(four.port), Buffer.from('4'));
  assert.equal((await once(four.socket, 'message'))[0].toString(), '4');
  four.socket.send('back', port, '127.0.0.1');
  await runtime.until(() => socket.datagrams.length === 2);
  assert.equal(socket.datagrams[1].sender.address, '0:0:0:0:0:ffff:7f00:1');
});

test('close sends what is under way, and a port in use is told', PATIENCE, async () => {
  const peer = await peerSocket();
  const runtime = start();
  const socket = await runtime.open(Command.UdpOpen, 1, { local: loopback(0) });
  const heard = [];
  const all = new Promise((resolve) => {
    peer.socket.on('message', (bytes) => heard.push(bytes[0]) === 20 && resolve());
  });
  for (let i = 0; i < 20; i++) runtime.sendDatagram(1, loopback(peer.port), Buffer.from([i]));
  await runtime.close(1);
  await all;
  assert.ok(socket.sent.length < 20, 'many are told at once');
  assert.equal(
    socket.sent.reduce((sum, { count }) => sum + count, 0),
    20,
  );

  const taken = await runtime.open(Command.UdpOpen, 2, { local: loopback(peer.port) });
  assert.equal(taken.errno, Errno.EADDRINUSE);
  await runtime.close(2);
});

test('closing a socket that is not open yet', PATIENCE, async () => {
  const runtime = start();
  runtime.command(Command.UdpOpen, 1, runtime.request({ local: loopback(0) }));
  await runtime.close(1);
  runtime.command(Command.UdpOpen, 2, runtime.request({ name: 'localhost', remote: loopback(9) }));
  await runtime.close(2, true);
  assert.deepEqual(
    runtime.log.map(([name]) => name),
    ['closed', 'closed'],
  );
});

test('options of a UDP socket', PATIENCE, async () => {
  const runtime = start();
  await runtime.open(Command.UdpOpen, 1, { local: loopback(0), flags: OpenFlag.BROADCAST | OpenFlag.REUSE_ADDRESS });
  assert.equal(runtime.command(Command.SetOption, 1, HostOption.Broadcast, 0), 0);
  assert.equal(runtime.command(Command.SetOption, 1, HostOption.Ttl, 7), 0);
  assert.equal(runtime.command(Command.SetOption, 1, HostOption.Ttl, 7000), Errno.EINVAL);
  assert.equal(runtime.command(Command.SetOption, 1, HostOption.NoDelay, 1), Errno.ENOPROTOOPT);
});

test('an open socket is connected, to another, aside, and to none', PATIENCE, async () => {
  const [one, two] = [await peerSocket(), await peerSocket()];
  const runtime = start();
  const free = await peerSocket();
  await free.close();
  const local = loopback(free.port);
  const socket = await runtime.open(Command.UdpOpen, 1, { local });
  for (const peer of [one, two]) {
    await runtime.connectUdp(1, loopback(peer.port));
    assert.deepEqual(socket.opened, { local, remote: loopback(peer.port) });
    const message = once(peer.socket, 'message');
    assert.equal(runtime.sendDatagram(1, undefined, Buffer.from('to you')), 0);
    assert.equal((await message)[1].port, local.port, 'the port stays');
  }
  // Only the peer is heard.
  one.socket.send('stranger', local.port, '127.0.0.1');
  two.socket.send('peer', local.port, '127.0.0.1');
  await runtime.until(() => socket.datagrams.length === 1);
  assert.equal(socket.datagrams[0].bytes.toString(), 'peer');
  const aside = once(one.socket, 'message');
  assert.equal(runtime.sendDatagram(1, loopback(one.port), Buffer.from('aside')), 0);
  assert.equal((await aside)[0].toString(), 'aside');
  const again = once(two.socket, 'message');
  assert.equal(runtime.sendDatagram(1, undefined, Buffer.from('still you')), 0);
  assert.equal((await again)[0].toString(), 'still you');

  await runtime.connectUdp(1, undefined);
  assert.equal(socket.opened.remote.family, 0);
  assert.equal(runtime.sendDatagram(1, undefined, Buffer.from('x')), Errno.EDESTADDRREQ);
  one.socket.send('welcome', local.port, '127.0.0.1');
  await runtime.until(() => socket.datagrams.length === 2);
});

test('a connected socket that shares its port sends to its peer only', PATIENCE, async () => {
  const [peer, other] = [await peerSocket(), await peerSocket()];
  const runtime = start();
  await runtime.open(Command.UdpOpen, 1, { remote: loopback(peer.port), flags: OpenFlag.REUSE_ADDRESS });
  assert.equal(runtime.sendDatagram(1, loopback(other.port), Buffer.from('x')), Errno.EISCONN);
});

test('multicast on the loopback interface', PATIENCE, async () => {
  const group = { ...loopback(0), address: '239.255.77.1' };
  const runtime = start();
  const listener = await runtime.open(Command.UdpOpen, 1, { local: { ...loopback(0), address: '0.0.0.0' } });
  const { port } = listener.opened.local;
  const device = loopback(0);
  assert.equal(runtime.membership(1, group, device, true), 0);
  assert.equal(runtime.membership(1, group, device, true), Errno.EADDRINUSE, 'joined already');
  assert.equal(runtime.membership(1, loopback(0), device, true), Errno.EINVAL, 'not a group');

  await runtime.open(Command.UdpOpen, 2, { local: loopback(0) });
  const [a, b, c, d] = [127, 0, 0, 1];
  const interfaceNumber = a | (b << 8) | (c << 16) | (d << 24);
  assert.equal(runtime.command(Command.SetOption, 2, HostOption.MulticastInterface, interfaceNumber), 0);
  assert.equal(runtime.command(Command.SetOption, 2, HostOption.MulticastTtl, 0), 0);
  assert.equal(runtime.command(Command.SetOption, 2, HostOption.MulticastTtl, 300), Errno.EINVAL);
  assert.equal(runtime.command(Command.SetOption, 2, HostOption.MulticastLoop, 1), 0);
  assert.equal(runtime.sendDatagram(2, { ...group, port }, Buffer.from('to all')), 0);
  await runtime.until(() => listener.datagrams.length === 1);
  assert.equal(listener.datagrams[0].bytes.toString(), 'to all');

  assert.equal(runtime.membership(1, group, device, false), 0);
  assert.equal(runtime.membership(1, group, device, false), Errno.EADDRNOTAVAIL, 'left already');
  assert.equal(runtime.membership(1, group, { ...NO_ENDPOINT, scope: 54321 }, true), Errno.ENODEV);
});

test('which interfaces there are, without a socket', PATIENCE, () => {
  const runtime = start();
  const group = { family: 4, address: '224.0.0.251', port: 0, scope: 0 };
  for (const device of [
    NO_ENDPOINT,
    loopback(0),
    { ...loopback(0), address: '127.0.0.7' },
    { ...NO_ENDPOINT, scope: 1 },
  ]) {
    assert.equal(runtime.membership(0, group, device, true), 0);
  }
  for (const device of [
    { ...loopback(0), address: '203.0.113.77' },
    { ...NO_ENDPOINT, scope: 54321 },
  ]) {
    assert.equal(runtime.membership(0, group, device, true), Errno.ENODEV);
  }
});

test('multicast of IPv6, by the number of the interface', PATIENCE, async () => {
  const group = { family: 6, address: 'ff01::7:1', port: 0, scope: 0 };
  const runtime = start();
  const flags = OpenFlag.IPV6;
  await runtime.open(Command.UdpOpen, 1, { flags });
  // 1 is the loopback interface, on every Linux.
  const lo = { ...NO_ENDPOINT, scope: 1 };
  assert.equal(runtime.membership(1, group, lo, true), 0);
  assert.equal(runtime.command(Command.SetOption, 1, HostOption.MulticastInterface, 1), 0);
  assert.equal(runtime.command(Command.SetOption, 1, HostOption.MulticastInterface, 54321), Errno.ENODEV);
  assert.equal(runtime.membership(1, group, lo, true), Errno.EADDRINUSE, 'it is that interface');
  assert.equal(runtime.membership(1, group, lo, false), 0);
});

test('buffer sizes, and broadcasting without permission', PATIENCE, async () => {
  const runtime = start();
  const socket = await runtime.open(Command.UdpOpen, 1, {});
  assert.equal(runtime.command(Command.SetOption, 1, HostOption.ReceiveBuffer, 65536), 0);
  assert.equal(runtime.command(Command.SetOption, 1, HostOption.SendBuffer, 65536), 0);
  assert.equal(runtime.sendDatagram(1, { ...loopback(9), address: '255.255.255.255' }, Buffer.from('x')), 0);
  await runtime.until(() => socket.sent.length === 1);
  assert.equal(socket.sent[0].errno, Errno.EACCES);
});

test('names', PATIENCE, async () => {
  const runtime = start();
  const found = await runtime.resolve(1, 'localhost');
  assert.equal(found.errno, 0);
  assert.ok(found.addresses.some(({ address }) => address === '127.0.0.1' || address === IPV6_LOOPBACK));
  assert.deepEqual(await runtime.resolve(2, '127.0.0.7'), {
    errno: 0,
    addresses: [{ ...loopback(0), address: '127.0.0.7' }],
  });
  // None of these leaves the machine: they are no names.
  for (const [query, name] of ['', 'a'.repeat(300), 'nul\0'].entries()) {
    const { errno, addresses } = await runtime.resolve(10 + query, name);
    assert.deepEqual(addresses, []);
    assert.equal(errno, Errno.ENOENT, JSON.stringify(name));
  }
});

test('no network: ENETDOWN, and one line that says why', PATIENCE, async () => {
  const warn = mock.method(console, 'warn', () => {});
  try {
    const runtime = start({ backend: 'direct' });
    for (const op of [Command.TcpConnect, Command.TcpListen, Command.UdpOpen]) {
      assert.equal(runtime.command(op, op, runtime.request({ remote: loopback(9) })), Errno.ENETDOWN);
    }
    assert.deepEqual(await runtime.resolve(1, 'localhost'), { errno: Errno.ENETDOWN, addresses: [] });
    assert.equal(warn.mock.callCount(), 1);
    assert.match(warn.mock.calls[0].arguments[0], /no network: the backend "direct".*ENETDOWN/);
    await runtime.close(1);
  } finally {
    warn.mock.restore();
  }
});
