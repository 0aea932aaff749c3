/** What network.c does in the role of the side that is measured, as one writes it for Node. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';

const [how, ...rest] = process.argv.slice(2);
const listening = how === 'listen';
const port = listening ? 0 : Number(rest.shift());
const [role, ...numbers] = rest;
const [count, size, window = 0] = numbers.map(Number);

const seconds = (start) => (performance.now() - start) / 1000;

async function stream() {
  if (!listening) {
    const socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
    await once(socket, 'connect');
    return socket;
  }
  const server = net.createServer({ noDelay: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  console.log(`port ${server.address().port}`);
  const [socket] = await once(server, 'connection');
  server.close();
  return socket;
}

async function send(socket) {
  const bytes = Buffer.alloc(size);
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    if (!socket.write(bytes)) await once(socket, 'drain');
  }
  await once(socket, 'data');
  console.log(`${(count * size) / seconds(start)} bytes/s`);
  socket.destroy();
}

async function receive(socket) {
  let left = count * size;
  let start = 0;
  const taken = new Promise((resolve) => {
    socket.on('data', (bytes) => {
      start ||= performance.now();
      left -= bytes.length;
      if (left === 0) resolve();
    });
  });
  await taken;
  const time = seconds(start);
  socket.end('x');
  console.log(`${(count * size) / time} bytes/s`);
}

async function ping(socket) {
  const bytes = Buffer.alloc(size);
  const times = new Float64Array(count);
  let done = 0;
  let received = 0;
  let start = performance.now();
  const all = new Promise((resolve) => {
    socket.on('data', (part) => {
      received += part.length;
      if (received < size) return;
      received = 0;
      times[done++] = performance.now() - start;
      if (done === count) return resolve();
      start = performance.now();
      socket.write(bytes);
    });
  });
  socket.write(bytes);
  await all;
  socket.destroy();
  console.log(`${times.sort()[count >> 1] * 1000} us`);
}

async function idle() {
  const sockets = [];
  let start = 0;
  if (listening) {
    const server = net.createServer();
    const all = new Promise((resolve) => {
      server.on('connection', (socket) => {
        start ||= performance.now();
        sockets.push(socket);
        socket.on('data', () => {});
        if (sockets.length === count) resolve();
      });
    });
    server.listen(0, '127.0.0.1', 1024);
    await once(server, 'listening');
    console.log(`port ${server.address().port}`);
    await all;
    server.close();
    sockets.at(-1).write('x');
    console.log(`${seconds(start)} s`);
    await once(sockets.at(-1), 'end');
  } else {
    while (sockets.length < count) {
      const socket = net.connect({ host: '127.0.0.1', port });
      await once(socket, 'connect');
      start ||= performance.now();
      sockets.push(socket);
    }
    await once(sockets.at(-1), 'data');
    console.log(`${seconds(start)} s`);
  }
  for (const socket of sockets) socket.destroy();
}

/** Most sends under way at a time. */
const IN_FLIGHT = 64;

async function datagrams() {
  const socket = dgram.createSocket('udp4');
  if (listening) {
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    console.log(`port ${socket.address().port}`);
    const [, peer] = await once(socket, 'message');
    socket.connect(peer.port, peer.address);
    await once(socket, 'connect');
  } else {
    socket.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.send('h');
  }
  if (role === 'udp-send') await sendDatagrams(socket);
  else await receiveDatagrams(socket);
  socket.close();
}

async function sendDatagrams(socket) {
  const bytes = Buffer.alloc(size, 'd');
  const start = performance.now();
  await new Promise((resolve) => {
    let sent = 0;
    let inFlight = 0;
    let acknowledged = 0;
    const more = () => {
      while (sent < count && inFlight < IN_FLIGHT && (window === 0 || sent - acknowledged < window)) {
        sent += 1;
        inFlight += 1;
        socket.send(bytes, done);
      }
      if (sent === count && inFlight === 0) resolve();
    };
    const done = () => {
      inFlight -= 1;
      if (inFlight === 0 || sent === count) more();
    };
    socket.on('message', () => {
      acknowledged += window;
      more();
    });
    more();
  });
  const time = seconds(start);
  const answered = once(socket, 'message');
  const again = setInterval(() => socket.send('e'), 100);
  socket.send('e');
  await answered;
  clearInterval(again);
  console.log(`${count / time} datagrams/s`);
}

async function receiveDatagrams(socket) {
  let received = 0;
  let start = 0;
  let end = 0;
  await new Promise((resolve) => {
    socket.on('message', (bytes) => {
      start ||= performance.now();
      if (bytes[0] === 'e'.charCodeAt(0)) return resolve();
      received += 1;
      end = performance.now();
      if (window > 0 && received % window === 0) socket.send('a');
    });
  });
  await new Promise((resolve) => socket.send('a', resolve));
  console.log(`${(received / (end - start)) * 1000} datagrams/s ${received} of ${count}`);
}

if (role === 'idle') await idle();
else if (role.startsWith('udp-')) await datagrams();
else await { send, receive, ping }[role](await stream());
