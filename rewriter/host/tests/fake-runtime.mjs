/**
 * A stand-in for the runtime: the same events, over a real memory, with queues that a test can look into. It is kept as
 * simple as the contract allows, and counts what the host does.
 */
import assert from 'node:assert/strict';
import { Command, EXPORT_PREFIX, NO_ENDPOINT, RuntimeMemory } from '../interface.js';

const SCRATCH = 1024;
const REQUEST = 2048;
const DATAGRAM = 65536;
const RECEIVED = 2 * 65536;
const QUEUED = 4 * 65536;

/** What the fake knows of one socket. */
class FakeSocket {
  received = [];
  receivedBytes = 0;
  /** Bytes of `received` beyond which the host is told to stop. */
  limit = Number.POSITIVE_INFINITY;
  /** Pieces that `recv_reserve` grants are at most so long. */
  piece = 65536;
  queue = Buffer.alloc(0);
  opened = undefined;
  errno = undefined;
  ended = false;
  closed = false;
  datagrams = [];
  sent = [];
  accepted = [];

  /** All that was received, as one buffer. */
  get bytes() {
    return Buffer.concat(this.received);
  }

  /** The program reads all. */
  take() {
    const bytes = this.bytes;
    this.received = [];
    this.receivedBytes = 0;
    return bytes;
  }
}

export class FakeRuntime {
  memory = new WebAssembly.Memory({ initial: 8 });
  /** @type {Map<number, FakeSocket>} */
  sockets = new Map();
  queries = new Map();
  log = [];
  sends = 0;
  /** Memory pages to grow by at the next `recv_reserve`. */
  growth = 0;
  /** Listeners refuse. */
  refusing = false;
  /** What `finish` answers; by default whether anything is queued. */
  finish = () => ([...this.sockets.values()].some(({ queue }) => queue.length > 0) ? 1 : 0);
  #nextId = 100;
  #inCommand = false;
  #waiting = [];

  constructor() {
    this.layout = new RuntimeMemory(this.memory);
  }

  /**
   * Puts the fake into the place of an instance.
   * @param {ReturnType<typeof import('../bridge.js').createDirectSockets>} host
   */
  attach(host, extra) {
    const linked = host.link({}, extra);
    const instance = { exports: this.exports() };
    this.imports = linked.direct_sockets;
    this.attached = host.attach(instance, linked);
    return this;
  }

  exports() {
    const events = {
      memory: this.memory,
      scratch: () => SCRATCH,
      ticket_timeout: () => Number.POSITIVE_INFINITY,
      ticket_expired: () => {},
      finish: () => this.finish(),
    };
    for (const name of [
      'opened',
      'failed',
      'recv_reserve',
      'recv_commit',
      'recv_end',
      'send_peek',
      'send_done',
      'datagram_reserve',
      'datagram_commit',
      'datagrams_sent',
      'accepted',
      'closed',
      'resolved_address',
      'resolved',
    ]) {
      events[name] = (...args) => {
        if (this.#inCommand) throw new Error(`${name} is told before a command has returned`);
        this.log.push([name, ...args]);
        const answer = this[`on_${name}`](...args);
        queueMicrotask(() => this.#check());
        return answer;
      };
    }
    return Object.fromEntries(Object.entries(events).map(([name, value]) => [EXPORT_PREFIX + name, value]));
  }

  /** Waits until a condition holds, which is looked at after each event. */
  until(condition) {
    return new Promise((resolve) => {
      this.#waiting.push({ condition, resolve });
      this.#check();
    });
  }

  #check() {
    const met = this.#waiting.filter(({ condition }) => condition());
    this.#waiting = this.#waiting.filter((entry) => !met.includes(entry));
    for (const { resolve } of met) resolve();
  }

  /** Number of events of that name. */
  count(name) {
    return this.log.filter(([event]) => event === name).length;
  }

  socket(id) {
    const known = this.sockets.get(id);
    if (known) return known;
    const socket = new FakeSocket();
    this.sockets.set(id, socket);
    return socket;
  }

  // Commands, as the program's calls would lead to them.

  command(op, id, a = 0, b = 0) {
    this.#inCommand = true;
    try {
      return this.imports.command(op, id, a, b);
    } finally {
      this.#inCommand = false;
    }
  }

  request({ local, remote, name = '', flags = 0, keepAlive = 0 } = {}) {
    const { view, bytes } = this.layout;
    bytes.fill(0, REQUEST, REQUEST + 72);
    if (local) this.layout.writeEndpoint(REQUEST, local);
    if (remote) this.layout.writeEndpoint(REQUEST + 24, remote);
    if (name) {
      const text = new TextEncoder().encode(name);
      bytes.set(text, REQUEST + 128);
      view.setUint32(REQUEST + 48, REQUEST + 128, true);
      view.setUint32(REQUEST + 52, text.length, true);
      view.setUint16(REQUEST + 24 + 2, remote?.port ?? 0, true);
    }
    view.setUint32(REQUEST + 56, flags, true);
    view.setUint32(REQUEST + 60, keepAlive, true);
    return REQUEST;
  }

  async open(op, id, request, backlog = 0) {
    const socket = this.socket(id);
    const errno = this.command(op, id, this.request(request), backlog);
    if (errno !== 0) {
      socket.errno = errno;
      return socket;
    }
    await this.until(() => socket.opened || socket.errno !== undefined);
    return socket;
  }

  send(id, bytes) {
    const socket = this.socket(id);
    socket.queue = Buffer.concat([socket.queue, bytes]);
    return this.command(Command.Send, id);
  }

  sendDatagram(id, to, payload) {
    this.layout.writeEndpoint(DATAGRAM, to ?? { family: 0, address: '', port: 0, scope: 0 });
    if (to) this.layout.view.setUint16(DATAGRAM + 2, to.port, true);
    this.layout.bytes.set(payload, DATAGRAM + 24);
    return this.command(Command.SendDatagram, id, DATAGRAM, payload.length);
  }

  async connectUdp(id, to = NO_ENDPOINT) {
    const socket = this.socket(id);
    socket.opened = undefined;
    this.layout.writeEndpoint(DATAGRAM, to);
    assert.equal(this.command(Command.UdpConnect, id, DATAGRAM), 0);
    await this.until(() => socket.opened || socket.errno !== undefined);
  }

  membership(id, group, device, join) {
    this.layout.writeEndpoint(DATAGRAM, group);
    this.layout.writeEndpoint(DATAGRAM + 24, device);
    this.layout.view.setUint32(DATAGRAM + 24 + 4, device.scope, true);
    return this.command(Command.Membership, id, DATAGRAM, join ? 1 : 0);
  }

  async close(id, abort = false) {
    const socket = this.socket(id);
    this.command(Command.Close, id, abort ? 1 : 0);
    await this.until(() => socket.closed);
  }

  resolve(query, name) {
    const text = new TextEncoder().encode(name);
    this.layout.bytes.set(text, REQUEST);
    this.queries.set(query, { addresses: [], errno: undefined });
    this.command(Command.Resolve, query, REQUEST, text.length);
    return this.until(() => this.queries.get(query).errno !== undefined).then(() => this.queries.get(query));
  }

  // Events.

  on_opened(id) {
    this.socket(id).opened = {
      local: this.layout.readEndpoint(SCRATCH),
      remote: this.layout.readEndpoint(SCRATCH + 24),
    };
  }

  on_failed(id, errno) {
    this.socket(id).errno = errno;
  }

  on_recv_reserve(id, length) {
    if (this.growth > 0) {
      this.memory.grow(this.growth);
      this.growth = 0;
    }
    const socket = this.socket(id);
    const room = Math.max(0, Math.min(length, socket.piece, socket.limit - socket.receivedBytes));
    this.layout.view.setUint32(SCRATCH, room, true);
    return room === 0 ? 0 : RECEIVED;
  }

  on_recv_commit(id, length) {
    const socket = this.socket(id);
    socket.received.push(Buffer.from(this.layout.copy(RECEIVED, length)));
    socket.receivedBytes += length;
    return socket.receivedBytes < socket.limit ? 1 : 0;
  }

  on_recv_end(id) {
    this.socket(id).ended = true;
  }

  on_send_peek(id, max) {
    const head = this.socket(id).queue.subarray(0, Math.min(max, 2 * 65536));
    this.layout.bytes.set(head, QUEUED);
    this.layout.view.setUint32(SCRATCH, head.length, true);
    return QUEUED;
  }

  on_send_done(id, length) {
    const socket = this.socket(id);
    socket.queue = socket.queue.subarray(length);
    this.sends += 1;
  }

  on_datagram_reserve(_id, length) {
    return length > 65536 ? 0 : RECEIVED;
  }

  on_datagram_commit(id, length) {
    const bytes = Buffer.from(this.layout.copy(RECEIVED, length));
    this.socket(id).datagrams.push({ bytes, sender: this.layout.readEndpoint(SCRATCH + 24) });
  }

  on_datagrams_sent(id, count, length, errno) {
    this.socket(id).sent.push({ count, length, errno });
  }

  on_accepted(id) {
    if (this.refusing) return 0;
    const accepted = this.#nextId++;
    const socket = this.socket(accepted);
    this.on_opened(accepted);
    this.socket(id).accepted.push({ id: accepted, ...socket.opened });
    return accepted;
  }

  on_closed(id) {
    if (this.socket(id).closed) throw new Error(`socket ${id} closed twice`);
    this.socket(id).closed = true;
  }

  on_resolved_address(query) {
    this.queries.get(query).addresses.push(this.layout.readEndpoint(SCRATCH));
  }

  on_resolved(query, errno) {
    this.queries.get(query).errno = errno;
  }
}

/** An IPv4 endpoint on the loopback. */
export function loopback(port) {
  return { family: 4, address: '127.0.0.1', port, scope: 0 };
}
