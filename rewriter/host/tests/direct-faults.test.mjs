/**
 * What the Direct Sockets backend makes of a platform that misbehaves. The fake here is of faults alone: what Chromium really
 * does is tested in Chromium.
 */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { createDirectBackend } from '../backends/direct.js';
import { judge } from '../backends/direct-errors.js';
import { DirectWrites } from '../backends/direct-writes.js';
import { createDirectSockets } from '../bridge.js';
import { Command, Errno, HostOption, NO_ENDPOINT } from '../interface.js';
import { FakeRuntime, loopback } from './fake-runtime.mjs';

const PATIENCE = { timeout: 10_000 };
const GLOBALS = ['TCPSocket', 'TCPServerSocket', 'UDPSocket', 'crossOriginIsolated', 'document'];
const REQUEST = { local: NO_ENDPOINT, remote: NO_ENDPOINT, name: '', keepAlive: 0, receiveBuffer: 0, sendBuffer: 0 };

afterEach(() => {
  for (const name of GLOBALS) delete globalThis[name];
});

/** Puts a platform in place, with the policy for it unless said otherwise. */
function platform(classes, { isolated = true, allowed = true, stripes = 1 } = {}) {
  Object.assign(globalThis, classes, {
    crossOriginIsolated: isolated,
    document: { featurePolicy: { allowsFeature: () => allowed } },
  });
  const lines = [];
  const backend = createDirectBackend((key, message) => lines.push({ key, message }), stripes);
  return { backend, lines };
}

/** A sink that notes what it hears, and lets a test wait for it. */
function listener({ goOn = () => true } = {}) {
  const heard = [];
  let tell = () => {};
  const note = (entry) => {
    heard.push(entry);
    tell();
  };
  return {
    heard,
    opened: () => note('opened'),
    failed: (errno) => note(`failed ${errno}`),
    closed: () => note('closed'),
    ended: () => note('ended'),
    datagram: (bytes) => note(`datagram ${bytes.length}`),
    data: (bytes) => {
      note(`data ${bytes.length}`);
      return goOn();
    },
    async until(entry) {
      while (!heard.includes(entry)) {
        await new Promise((resolve) => {
          tell = resolve;
        });
      }
    },
  };
}

const named = (name, message) => Object.assign(new Error(message), { name });
const never = () => new Promise(() => {});

/** A connection whose ends the test holds. */
function connection(sinkMethods = {}) {
  let source;
  const readable = new ReadableStream(
    {
      type: 'bytes',
      start(controller) {
        source = controller;
      },
    },
    { highWaterMark: 0 },
  );
  const writable = new WritableStream(sinkMethods);
  const info = {
    readable,
    writable,
    ...{ localAddress: '127.0.0.1', localPort: 1, remoteAddress: '127.0.0.1', remotePort: 2 },
  };
  class TCPSocket {
    opened = Promise.resolve(info);
    closed = never();
  }
  return { classes: { TCPSocket, UDPSocket: class {} }, source };
}

function failing(error) {
  class Failing {
    opened = Promise.reject(error);
    closed = Promise.reject(error);
    close() {
      return Promise.reject(error);
    }
  }
  return { TCPSocket: Failing, TCPServerSocket: Failing, UDPSocket: Failing };
}

test('exceptions and the time they took, as errno', () => {
  const network = named('NetworkError', 'Network Error.');
  const cases = [
    [network, 'connect', 5, Errno.ECONNREFUSED],
    [network, 'connect', 3100, Errno.EHOSTUNREACH],
    [network, 'connect', 130_000, Errno.ETIMEDOUT],
    [network, 'bind', 5, Errno.EADDRINUSE],
    [network, 'peer', 5, Errno.ENETUNREACH],
    [named('NetworkError', "Hostname couldn't be resolved."), 'name', 5, Errno.ENOENT],
    [named('NetworkError', "Hostname couldn't be resolved."), 'name', 13_000, Errno.EAGAIN],
    [named('NetworkError', 'Stream aborted by the remote: net::ERR_MSG_TOO_BIG'), 'transfer', 0, Errno.EMSGSIZE],
    [named('InvalidAccessError', 'Firewall error.'), 'connect', 0, Errno.EPERM],
    [named('DataError', 'The address is not valid.'), 'bind', 0, Errno.EADDRNOTAVAIL],
    [new TypeError('any'), 'bind', 0, Errno.EINVAL],
  ];
  for (const [error, attempt, elapsed, errno] of cases)
    assert.equal(judge(error, attempt, elapsed)?.errno, errno, String(error));
  const blocked = judge(named('InvalidAccessError', 'Access to the requested host or port is blocked.'), 'bind');
  assert.match(blocked.advice, /DIRECT_SOCKETS_PORT_MAP/);
  assert.equal(judge(named('Surprise', 'x'), 'connect'), undefined);
});

test('a port in use is asked for again, as it may not be free yet', PATIENCE, async () => {
  const { localAddress, localPort } = { localAddress: '127.0.0.1', localPort: 40_000 };
  for (const { local, faults, told, asked } of [
    { local: loopback(0), faults: 3, told: 'opened', asked: 4 },
    { local: loopback(0), faults: 99, told: `failed ${Errno.EADDRINUSE}`, asked: 8 },
    { local: loopback(40_000), faults: 7, told: 'opened', asked: 8 },
  ]) {
    const readable = new ReadableStream();
    let count = 0;
    class TCPServerSocket {
      opened =
        ++count > faults
          ? Promise.resolve({ readable, localAddress, localPort })
          : Promise.reject(named('NetworkError', 'Network Error.'));
      closed = never();
    }
    const { backend } = platform({ TCPSocket: class {}, TCPServerSocket, UDPSocket: class {} });
    const sink = listener();
    backend.listen({ ...REQUEST, local }, 1, sink);
    await sink.until(told);
    assert.equal(count, asked);
  }
});

test(
  'a UDP port that is taken while it is reopened is another one, a given port is asked for again',
  PATIENCE,
  async () => {
    for (const { local, faults, told, asked } of [
      { local: loopback(0), faults: 2, told: 'opened', asked: 5 },
      { local: loopback(0), faults: 99, told: `failed ${Errno.EADDRINUSE}`, asked: 24 },
      { local: loopback(40_000), faults: 2, told: 'opened', asked: 5 },
    ]) {
      const ports = [];
      let left = faults;
      class UDPSocket {
        closed = never();
        /** The port of the first opening is taken by the next two, which ask for it. */
        constructor({ localAddress, localPort }) {
          ports.push(localPort);
          const again = (ports.length - 1) % 3 > 0;
          const port = localPort ?? 40_000 + ports.length;
          this.opened =
            again && left-- > 0
              ? Promise.reject(named('NetworkError', 'Network Error.'))
              : Promise.resolve({
                  readable: new ReadableStream(),
                  writable: new WritableStream(),
                  localAddress,
                  localPort: port,
                });
        }
        async close() {}
      }
      const { backend } = platform({ TCPSocket: class {}, TCPServerSocket: class {}, UDPSocket }, { stripes: 2 });
      const sink = listener();
      backend.openUdp({ ...REQUEST, local }, sink);
      await sink.until(told);
      assert.equal(ports.length, asked);
    }
  },
);

test('a UDP socket that cannot be connected is tried once', PATIENCE, async () => {
  for (const [error, errno] of [
    [named('NetworkError', 'Network Error.'), Errno.ENETUNREACH],
    [named('NetworkError', "Hostname couldn't be resolved."), Errno.EHOSTUNREACH],
  ]) {
    let count = 0;
    class UDPSocket {
      opened = Promise.reject(error);
      closed = never();
      constructor() {
        count += 1;
      }
    }
    const { backend } = platform({ TCPSocket: class {}, TCPServerSocket: class {}, UDPSocket });
    const sink = listener();
    backend.openUdp({ ...REQUEST, remote: loopback(53) }, sink);
    await sink.until(`failed ${errno}`);
    assert.equal(count, 1);
  }
});

test('where the policy is missing the interface is not touched', PATIENCE, async () => {
  let touched = 0;
  class Touched {
    constructor() {
      touched += 1;
    }
  }
  for (const place of [{ isolated: false }, { allowed: false }]) {
    const { backend, lines } = platform({ TCPSocket: Touched, TCPServerSocket: Touched, UDPSocket: Touched }, place);
    const sink = listener();
    backend.connect({ ...REQUEST, remote: loopback(80) }, sink);
    await sink.until(`failed ${Errno.ENETDOWN}`);
    assert.match(lines[0].message, /permissions_policy/);
  }
  assert.equal(touched, 0);
});

test(
  'a connection that the peer has closed before it could be told is a connection that was reset',
  PATIENCE,
  async () => {
    const { backend } = platform(failing(named('InvalidStateError', 'The socket is not in a state')));
    const sink = listener();
    const stream = backend.connect({ ...REQUEST, remote: loopback(80) }, sink);
    await sink.until(`failed ${Errno.ECONNRESET}`);
    stream.abort();
    await sink.until('closed');
    assert.deepEqual(sink.heard, ['opened', `failed ${Errno.ECONNRESET}`, 'closed']);
  },
);

test('a connect that is called off is closed at once, and its socket when it opens', PATIENCE, async () => {
  let open;
  let closed = 0;
  class TCPSocket {
    opened = new Promise((resolve) => {
      open = resolve;
    });
    closed = never();
    async close() {
      closed += 1;
      done();
    }
  }
  let done;
  const over = new Promise((resolve) => {
    done = resolve;
  });
  const { backend } = platform({ TCPSocket, UDPSocket: class {} });
  const sink = listener();
  const stream = backend.connect({ ...REQUEST, remote: loopback(80) }, sink);
  await new Promise((resolve) => setImmediate(resolve));
  stream.abort();
  await sink.until('closed');
  open({});
  await over;
  assert.equal(closed, 1);
  assert.deepEqual(sink.heard, ['closed']);
});

test('a peer that ends while nobody reads may have sent more: never a clean end', PATIENCE, async () => {
  const { classes, source } = connection();
  const { backend } = platform(classes);
  const sink = listener({ goOn: () => false });
  backend.connect({ ...REQUEST, remote: loopback(80) }, sink);
  await sink.until('opened');
  source.enqueue(new Uint8Array(10));
  await sink.until('data 10');
  source.enqueue(new Uint8Array(20));
  await sink.until('data 20');
  source.close();
  await sink.until(`failed ${Errno.ECONNRESET}`);
  assert.ok(!sink.heard.includes('ended'));
});

test('while the sink has asked to stop, one read still tells a clean end', PATIENCE, async () => {
  const { classes, source } = connection();
  const { backend } = platform(classes);
  const sink = listener({ goOn: () => false });
  backend.connect({ ...REQUEST, remote: loopback(80) }, sink);
  await sink.until('opened');
  source.enqueue(new Uint8Array(10));
  await sink.until('data 10');
  source.close();
  await sink.until('ended');
  assert.deepEqual(sink.heard, ['opened', 'data 10', 'ended']);
});

test('a reset settles the write that it blocks', PATIENCE, async () => {
  // Chromium's settles when it is aborted, and for no other reason.
  const write = (_, { signal }) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const { classes, source } = connection({ write });
  const { backend } = platform(classes);
  const sink = listener();
  const stream = backend.connect({ ...REQUEST, remote: loopback(80) }, sink);
  await sink.until('opened');
  const taken = new Promise((resolve) => stream.write(new Uint8Array(5), resolve));
  await new Promise((resolve) => setImmediate(resolve));
  source.error(named('NetworkError', 'Stream aborted by the remote: net::ERR_CONNECTION_RESET'));
  assert.equal(await taken, false);
  assert.ok(sink.heard.includes(`failed ${Errno.ECONNRESET}`));
});

test('a write that settles before it can have been done is written again, in order', PATIENCE, async () => {
  const arrived = [];
  let lost = 3;
  const writer = new WritableStream({
    async write(bytes) {
      if (lost > 0) {
        lost -= 1;
        return;
      }
      arrived.push(bytes.slice());
      await new Promise((resolve) => setImmediate(resolve));
    },
  }).getWriter();
  const writes = new DirectWrites(writer, setImmediate, assert.fail);
  const pieces = Array.from({ length: 8 }, (_, index) => new Uint8Array(65_536).fill(index));
  const taken = await Promise.all(pieces.map((piece) => new Promise((resolve) => writes.write(piece, resolve))));
  assert.ok(taken.every(Boolean));
  // What is taken may still wait for more.
  await writes.close();
  assert.equal(Buffer.compare(Buffer.concat(arrived), Buffer.concat(pieces)), 0);
});

test(
  'a UDP socket that a datagram has killed is opened anew on its port, and the next one leaves',
  PATIENCE,
  async () => {
    const opened = [];
    const sent = [];
    class UDPSocket {
      closed = never();
      constructor(options) {
        opened.push(options);
        const writable = new WritableStream({
          write(message) {
            if (message.remotePort === 1) throw named('NetworkError', 'Stream aborted: net::ERR_ACCESS_DENIED');
            sent.push(message.remotePort);
          },
        });
        const readable = new ReadableStream({});
        this.opened = Promise.resolve({ readable, writable, localAddress: '0.0.0.0', localPort: 4000 });
      }
      async close() {}
    }
    const { backend, lines } = platform({ TCPSocket: class {}, UDPSocket });
    const sink = listener();
    const socket = backend.openUdp(REQUEST, sink);
    await sink.until('opened');
    assert.equal(socket.send(new Uint8Array(0), loopback(2), assert.fail), Errno.EOPNOTSUPP);
    assert.equal(socket.send(new Uint8Array(65_508), loopback(2), assert.fail), Errno.EMSGSIZE);
    assert.equal(socket.send(new Uint8Array(1), loopback(0), assert.fail), Errno.EINVAL);
    const outcome = (port) => new Promise((resolve) => socket.send(new Uint8Array(1), loopback(port), resolve));
    const [killed, next] = await Promise.all([outcome(1), outcome(2)]);
    assert.notEqual(killed, 0);
    assert.equal(next, 0);
    assert.deepEqual(sent, [2]);
    assert.equal(opened.at(-1).localPort, 4000);
    assert.equal(socket.setOption(HostOption.Ttl, 3), Errno.ENOPROTOOPT);
    assert.equal(lines.filter(({ key }) => key === 'empty datagram').length, 1);
  },
);

test('a datagram that the platform has not taken yet is not changed by the ones after it', PATIENCE, async () => {
  const taken = [];
  /** @type {(() => void)[]} */
  const held = [];
  class UDPSocket {
    closed = never();
    constructor() {
      const writable = new WritableStream({
        async write({ data }) {
          await new Promise((resolve) => held.push(resolve));
          taken.push(Buffer.from(data).toString());
        },
      });
      const addresses = { localAddress: '127.0.0.1', localPort: 4000 };
      this.opened = Promise.resolve({ readable: new ReadableStream({}), writable, ...addresses });
    }
    async close() {}
  }
  platform({ TCPSocket: class {}, UDPSocket });
  const runtime = new FakeRuntime().attach(createDirectSockets({ backend: 'direct', stripes: 1 }));
  const socket = await runtime.open(Command.UdpOpen, 1, { local: loopback(0) });
  const total = () => socket.sent.reduce((sum, { count }) => sum + count, 0);
  const takeOne = async () => {
    const before = total();
    held.shift()();
    await runtime.until(() => total() > before);
  };
  const send = (text) => assert.equal(runtime.sendDatagram(1, loopback(2), Buffer.from(text)), 0);
  send('a1');
  send('b2');
  await new Promise(setImmediate);
  await takeOne();
  // As long as the one that has left: it may have that one's buffer, not the other's.
  send('c3');
  while (taken.length < 3) {
    while (held.length === 0) await new Promise(setImmediate);
    await takeOne();
  }
  assert.deepEqual(taken, ['a1', 'b2', 'c3']);
});

test('under load datagrams leave in bursts over several sockets, and each at once else', PATIENCE, async () => {
  /** What ends the writes under way. @type {(() => void)[]} */
  const held = [];
  let opened = 0;
  class UDPSocket {
    closed = never();
    constructor() {
      opened += 1;
      const writable = new WritableStream({ write: () => new Promise((resolve) => void held.push(resolve)) });
      const addresses = { localAddress: '127.0.0.1', localPort: 40_000 };
      this.opened = Promise.resolve({ readable: new ReadableStream(), writable, ...addresses });
    }
    async close() {}
  }
  const settled = () => new Promise(setImmediate);
  const { backend } = platform({ TCPSocket: class {}, UDPSocket }, { stripes: 4 });
  const sink = listener();
  const socket = backend.openUdp({ ...REQUEST, local: loopback(0) }, sink);
  await sink.until('opened');
  let left = 0;
  const hasLeft = () => {
    left += 1;
  };
  const send = () => assert.equal(socket.send(new Uint8Array(1), loopback(2), hasLeft), 0);
  send();
  await settled();
  assert.equal(held.length, 1);
  for (let count = 0; count < 40; count += 1) send();
  await settled();
  // Sockets are added one by one, while much waits; one more was open at first, to get the port.
  while (opened < 5) {
    for (const end of held.splice(0)) end();
    await settled();
  }
  while (held.length < 4) {
    for (const end of held.splice(0)) end();
    await settled();
  }
  const waiting = 41 - left - 4;
  assert.ok(waiting >= 8, `${waiting} wait`);
  held.shift()?.();
  await settled();
  assert.equal(held.length, 3, 'one that is idle waits for a second one');
  held.shift()?.();
  await settled();
  assert.equal(held.length, 4, 'two leave together');
  while (left < 40) {
    held.shift()?.();
    await settled();
  }
  for (let busy = 2; busy <= 4; busy += 1) {
    send();
    await settled();
    assert.equal(held.length, busy, 'with little to send nothing waits');
  }
});

test('what answers a small chunk is written before the next read is made, in the same turn', PATIENCE, async () => {
  const order = [];
  /** @type {(result: object) => void} */
  let arrive = () => {};
  const reader = {
    closed: never(),
    read() {
      order.push('read');
      return new Promise((resolve) => {
        arrive = resolve;
      });
    },
    async cancel() {},
  };
  const { classes } = connection();
  const writable = new WritableStream({ write: () => void order.push('write') });
  const info = { readable: { getReader: () => reader }, writable };
  classes.TCPSocket = class {
    opened = Promise.resolve(info);
    closed = never();
  };
  const { backend } = platform(classes);
  const sink = listener();
  const stream = backend.connect({ ...REQUEST, remote: loopback(80) }, sink);
  // A program that waits goes on some microtasks later, and what it sends is handed over after some more.
  sink.data = () => {
    Promise.resolve()
      .then(() => {})
      .then(() => {})
      .then(() => stream.write(new Uint8Array(1), () => {}));
    return true;
  };
  await sink.until('opened');
  await new Promise(setImmediate);
  assert.deepEqual(order, ['read']);
  arrive({ value: new Uint8Array(1), done: false });
  // Its microtasks are done before the next task.
  await new Promise((resolve) => process.nextTick(() => setImmediate(resolve)));
  assert.deepEqual(order, ['read', 'write', 'read']);
  sink.data = () => {
    Promise.resolve().then(() => stream.abort());
    return true;
  };
  arrive({ value: new Uint8Array(1), done: false });
  await new Promise(setImmediate);
  assert.equal(order.length, 3, 'nothing is read once it is closed');
});

test('datagrams are asked for in groups, each a turn after the last one was complete', PATIENCE, async () => {
  /** @type {((result: object) => void)[]} */
  const reads = [];
  const reader = {
    closed: never(),
    read: () => new Promise((resolve) => reads.push(resolve)),
    releaseLock() {},
  };
  class UDPSocket {
    closed = never();
    opened = Promise.resolve({
      ...{ readable: { getReader: () => reader }, writable: new WritableStream({}) },
      ...{ localAddress: '127.0.0.1', localPort: 4000 },
    });
    async close() {}
  }
  const { backend } = platform({ TCPSocket: class {}, UDPSocket });
  const sink = listener();
  const socket = backend.openUdp(REQUEST, sink);
  await sink.until('opened');
  const group = reads.length;
  assert.ok(group > 1);
  let length = 0;
  const arrive = (read) => {
    length += 1;
    read({ value: { data: new Uint8Array(length), remoteAddress: '127.0.0.1', remotePort: 9 }, done: false });
  };
  for (const read of reads.splice(0, group - 1)) arrive(read);
  await sink.until(`datagram ${group - 1}`);
  await new Promise((resolve) => backend.nextTurn(resolve));
  assert.equal(reads.length, 1, 'the group is not complete');
  arrive(reads.pop());
  await sink.until(`datagram ${group}`);
  assert.equal(reads.length, 0, 'not in this turn');
  await new Promise((resolve) => backend.nextTurn(resolve));
  assert.equal(reads.length, group);
  const expected = ['opened', ...Array.from({ length }, (_, index) => `datagram ${index + 1}`)];
  assert.deepEqual(sink.heard, expected);
  socket.close();
  await sink.until('closed');
});

test('who watches is given the object that lists the sockets', () => {
  const heard = [];
  Object.assign(globalThis, { dispatchEvent: (event) => heard.push(event) });
  try {
    const made = createDirectSockets();
    assert.equal(heard[0].type, 'directsockets');
    assert.equal(heard[0].detail, made);
    assert.deepEqual(made.sockets(), []);
  } finally {
    delete globalThis.dispatchEvent;
  }
});
