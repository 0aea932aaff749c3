/**
 * What network.c does in the role of the side that is measured, as one writes it for Direct Sockets, in a worker: `Module`
 * gives its arguments and takes its output, as it does for a retrofitted program. `receive-byob` is the other way to read.
 */
const ENCODER = new TextEncoder();
const LOOPBACK = '127.0.0.1';
const END = 'e'.charCodeAt(0);
/** As fast as any, measured. */
const VIEW = 262_144;

const [how, ...rest] = Module.arguments;
const listening = how === 'listen';
const port = listening ? 0 : Number(rest.shift());
const [role, ...numbers] = rest;
const [count, size, window = 0] = numbers.map(Number);
const seconds = (start) => (performance.now() - start) / 1000;

async function stream() {
  if (!listening) {
    const { readable, writable } = await new TCPSocket(LOOPBACK, port, { noDelay: true }).opened;
    return { readable, writable };
  }
  const server = new TCPServerSocket(LOOPBACK);
  const { readable, localPort } = await server.opened;
  Module.print(`port ${localPort}`);
  const reader = readable.getReader();
  const { value } = await reader.read();
  return value.opened;
}

async function send({ readable, writable }) {
  const writer = writable.getWriter();
  const bytes = new Uint8Array(size);
  const reader = readable.getReader();
  const start = performance.now();
  for (let i = 0; i < count; i++) await writer.write(bytes);
  await reader.read();
  return `${(count * size) / seconds(start)} bytes/s`;
}

async function receive({ readable, writable }, byob) {
  const reader = readable.getReader(byob ? { mode: 'byob' } : {});
  let buffer = new ArrayBuffer(VIEW);
  let left = count * size;
  let start = 0;
  while (left > 0) {
    const { value } = await (byob ? reader.read(new Uint8Array(buffer)) : reader.read());
    start ||= performance.now();
    left -= value.length;
    if (byob) buffer = value.buffer;
  }
  const time = seconds(start);
  await writable.getWriter().write(ENCODER.encode('x'));
  return `${(count * size) / time} bytes/s`;
}

async function ping({ readable, writable }) {
  const writer = writable.getWriter();
  const reader = readable.getReader();
  const bytes = new Uint8Array(size);
  const times = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    writer.write(bytes);
    for (let got = 0; got < size; ) got += (await reader.read()).value.length;
    times[i] = performance.now() - start;
  }
  return `${times.sort()[count >> 1] * 1000} us`;
}

async function echoStream({ readable, writable }) {
  const reader = readable.getReader();
  const writer = writable.getWriter();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    await writer.write(value);
  }
  await writer.close();
  return 'done';
}

async function datagrams() {
  const socket = listening
    ? new UDPSocket({ localAddress: LOOPBACK })
    : new UDPSocket({ remoteAddress: LOOPBACK, remotePort: port });
  const { readable, writable, localPort } = await socket.opened;
  const reader = readable.getReader();
  const writer = writable.getWriter();
  if (listening) Module.print(`port ${localPort}`);
  if (role === 'udp-echo') return echo(reader, writer);
  let to = {};
  if (listening) {
    const { value } = await reader.read();
    to = { remoteAddress: value.remoteAddress, remotePort: value.remotePort };
  } else await writer.write({ data: ENCODER.encode('h') });
  if (role === 'udp-send') return sendDatagrams(reader, writer, to);
  return receiveDatagrams(reader, writer, to);
}

async function sendDatagrams(reader, writer, to) {
  const data = new Uint8Array(size).fill('d'.charCodeAt(0));
  const start = performance.now();
  let answer = reader.read();
  for (let sent = 0; sent < count; ) {
    await writer.write({ data, ...to });
    sent += 1;
    if (window > 0 && sent % window === 0) {
      await answer;
      answer = reader.read();
    }
  }
  const time = seconds(start);
  const again = setInterval(() => writer.write({ data: ENCODER.encode('e'), ...to }), 100);
  await writer.write({ data: ENCODER.encode('e'), ...to });
  await answer;
  clearInterval(again);
  return `${count / time} datagrams/s`;
}

async function receiveDatagrams(reader, writer, to) {
  let received = 0;
  let start = 0;
  let end = 0;
  for (;;) {
    const { value } = await reader.read();
    start ||= performance.now();
    if (value.data[0] === END) break;
    received += 1;
    end = performance.now();
    if (window > 0 && received % window === 0) writer.write({ data: ENCODER.encode('a'), ...to });
  }
  await writer.write({ data: ENCODER.encode('a'), ...to });
  return `${(received / (end - start)) * 1000} datagrams/s ${received} of ${count}`;
}

async function echo(reader, writer) {
  for (;;) {
    const { value } = await reader.read();
    const sent = writer.write(value);
    if (value.data[0] !== END) continue;
    await sent;
    return 'done';
  }
}

async function main() {
  if (role.startsWith('udp-')) return datagrams();
  const roles = { send, ping, receive, echo: echoStream, 'receive-byob': (of) => receive(of, true) };
  return roles[role](await stream());
}

main().then(
  (line) => {
    Module.print(line);
    Module.onExit(0);
  },
  (error) => Module.onAbort(error),
);
