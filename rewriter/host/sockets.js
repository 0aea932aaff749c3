/**
 * The sockets of one instance, by the runtime's ids. Carries bytes between the runtime's rings and the platform's
 * sockets and turns what the platform tells into events. What a call means, and when it may go on, is the runtime's.
 *
 * Everything that is called here by the runtime (`command` and what it reaches) runs inside a call of the runtime, which
 * may not be entered again: such code only starts things. Events are delivered from the event loop or from a microtask.
 */
import { Closing, ENDPOINT_SIZE, Errno, NO_ENDPOINT } from './interface.js';
import { BoundSocket, DatagramSocket, ListeningSocket, StreamSocket, WRITE_PIECE } from './kinds.js';

/** @import { Endpoint, RuntimeMemory } from './interface.js' */
/** @import { AcceptedConnection, Backend, PlatformBound } from './backends/backend.d.ts' */

/**
 * The runtime's events that sockets need.
 * @typedef {object} SocketEvents
 * @property {() => number} scratch
 * @property {(id: number) => void} opened
 * @property {(id: number, errno: number) => void} failed
 * @property {(id: number, length: number) => number} recv_reserve
 * @property {(id: number, length: number) => number} recv_commit
 * @property {(id: number) => void} recv_end
 * @property {(id: number, max: number) => number} send_peek
 * @property {(id: number, length: number) => void} send_done
 * @property {(id: number, length: number) => number} datagram_reserve
 * @property {(id: number, length: number) => void} datagram_commit
 * @property {(id: number, count: number, length: number, errno: number) => void} datagrams_sent
 * @property {(listener: number) => number} accepted
 * @property {(id: number) => void} closed
 * @property {(query: number) => void} resolved_address
 * @property {(query: number, errno: number) => void} resolved
 */

/**
 * One socket as somebody who watches the program sees it. Bytes are of payload; `queued` have been handed to the platform, which
 * has not taken them yet. A local address that the platform does not tell has family 0.
 * @typedef {{
 *   id: number, kind: 'bound' | 'tcp' | 'listener' | 'udp', state: 'opening' | 'open' | 'closing',
 *   local: Endpoint, remote: Endpoint, received: number, sent: number, queued: number,
 * }} SocketRow
 */

/** Size of the blocks that small datagrams are cut from. */
const DATAGRAM_BLOCK = 65536;

/** Buffers kept for the next write. */
const SPARE_BUFFERS = 16;

/** Buffers kept for the next datagrams. */
const SPARE_DATAGRAMS = 64;

/** The sockets of one instance. */
export class Sockets {
  /** @type {Map<number, BoundSocket | StreamSocket | ListeningSocket | DatagramSocket>} */
  #sockets = new Map();
  /** @type {Uint8Array[]} */
  #buffers = [];
  /** Buffers of datagrams that have left, all of one length. @type {Uint8Array[]} */
  #datagrams = [];
  /** What small datagrams are cut from, and how much of it is used up. */
  #block = new Uint8Array();
  #blockUsed = 0;
  /** Whose endpoint the scratch area has. @type {Endpoint | undefined} */
  #sender;
  #scratch;

  /**
   * @param {SocketEvents} events
   * @param {RuntimeMemory} memory
   * @param {Backend} backend
   * @param {() => void} progress called after events that can complete the sending or closing of a socket
   */
  constructor(events, memory, backend, progress) {
    this.events = events;
    this.memory = memory;
    this.backend = backend;
    this.progress = progress;
    this.#scratch = events.scratch() >>> 0;
  }

  /**
   * @param {number} id
   * @param {number} address of an `OpenRequest`
   * @returns {number} 0 or an errno
   */
  bind(id, address) {
    const socket = new BoundSocket(this, id);
    return this.#keep(socket, this.backend.bind(this.memory.readRequest(address), socket));
  }

  /**
   * @param {number} id
   * @param {number} address of an `OpenRequest`
   * @returns {number} 0 or an errno
   */
  connect(id, address) {
    const socket = new StreamSocket(this, id);
    return this.#keep(socket, this.backend.connect(this.memory.readRequest(address), socket, this.#bound(id)));
  }

  /**
   * @param {number} id
   * @param {number} address of an `OpenRequest`
   * @param {number} backlog
   * @returns {number} 0 or an errno
   */
  listen(id, address, backlog) {
    const socket = new ListeningSocket(this, id);
    return this.#keep(socket, this.backend.listen(this.memory.readRequest(address), backlog, socket, this.#bound(id)));
  }

  /**
   * @param {number} id
   * @param {number} address of an `OpenRequest`
   * @returns {number} 0 or an errno
   */
  openUdp(id, address) {
    const socket = new DatagramSocket(this, id);
    return this.#keep(socket, this.backend.openUdp(this.memory.readRequest(address), socket));
  }

  /**
   * What was bound under this id: the backend goes on with it.
   * @param {number} id
   * @returns {PlatformBound | undefined}
   */
  #bound(id) {
    const socket = this.#sockets.get(id);
    return socket instanceof BoundSocket ? socket.platform : undefined;
  }

  /**
   * Keeps a socket that the platform has begun to open.
   * @template P
   * @param {{id: number, platform: P | undefined}} socket one of the kinds that the map holds
   * @param {P | number} platform or an errno
   * @returns {number} 0 or that errno
   */
  #keep(socket, platform) {
    if (typeof platform === 'number') return platform;
    socket.platform = platform;
    this.#sockets.set(socket.id, /** @type {any} */ (socket));
    return 0;
  }

  /**
   * @param {number} query
   * @param {number} address of the name
   * @param {number} length
   * @returns {number} 0 or an errno
   */
  resolve(query, address, length) {
    this.backend.resolve(this.memory.text(address, length), (errno, addresses) => {
      for (const endpoint of addresses) {
        this.writeEndpoints(endpoint, NO_ENDPOINT);
        this.events.resolved_address(query);
      }
      this.events.resolved(query, errno);
    });
    return 0;
  }

  /** @param {number} id */
  send(id) {
    const socket = this.#sockets.get(id);
    if (!(socket instanceof StreamSocket)) return Errno.EBADF;
    socket.send();
    return 0;
  }

  /**
   * @param {number} id
   * @param {number} address of an `Endpoint` with the payload behind it
   * @param {number} length of the payload
   * @returns {number} 0 or an errno
   */
  sendDatagram(id, address, length) {
    const socket = this.#sockets.get(id);
    if (!(socket instanceof DatagramSocket)) return Errno.EBADF;
    return socket.send(this.memory.readEndpoint(address), this.#copyDatagram(address + ENDPOINT_SIZE, length));
  }

  /**
   * @param {number} id
   * @param {number} address of an `Endpoint`
   * @returns {number} 0 or an errno
   */
  connectUdp(id, address) {
    const socket = this.#sockets.get(id);
    if (!(socket instanceof DatagramSocket)) return Errno.EBADF;
    return socket.platform?.connect(this.memory.readEndpoint(address)) ?? Errno.EBADF;
  }

  /**
   * @param {number} id
   * @param {number} address of two `Endpoint`s: the group and the interface; with no socket (0), whether that is one
   * @param {boolean} join or leave
   * @returns {number} 0 or an errno
   */
  membership(id, address, join) {
    const group = this.memory.readEndpoint(address);
    // An interface may be told by its number alone, in either family.
    const scope = this.memory.u32(address + ENDPOINT_SIZE + 4);
    const device = { ...this.memory.readEndpoint(address + ENDPOINT_SIZE), scope };
    if (id === 0) return (this.backend.hasInterface?.(device) ?? true) ? 0 : Errno.ENODEV;
    const socket = this.#sockets.get(id);
    if (!(socket instanceof DatagramSocket)) return Errno.EBADF;
    return socket.platform?.membership(group, device, join) ?? Errno.EBADF;
  }

  /** @param {number} id */
  shutdown(id) {
    const socket = this.#sockets.get(id);
    if (!(socket instanceof StreamSocket)) return Errno.EBADF;
    socket.shutdown();
    return 0;
  }

  /**
   * @param {number} id
   * @param {number} how one of `Closing`
   */
  close(id, how) {
    const socket = this.#sockets.get(id);
    // One that failed to open at once was never kept.
    if (!socket) queueMicrotask(() => this.forget(id));
    else if (how === Closing.Abort) socket.abort();
    else socket.close(how === Closing.Reset);
    return 0;
  }

  /** @param {number} id */
  resume(id) {
    const socket = this.#sockets.get(id);
    if (!(socket instanceof StreamSocket)) return Errno.EBADF;
    socket.resume();
    return 0;
  }

  /**
   * @param {number} id
   * @param {number} option
   * @param {number} value
   */
  setOption(id, option, value) {
    return this.#sockets.get(id)?.platform?.setOption(option, value) ?? Errno.EBADF;
  }

  /** @returns {SocketRow[]} those that there are */
  rows() {
    return [...this.#sockets.values()].map((socket) => socket.row());
  }

  /** How many there are. */
  get size() {
    return this.#sockets.size;
  }

  /**
   * Resets what has bytes under way.
   * @returns {boolean} there was some
   */
  giveUpStuck() {
    const stuck = [...this.#sockets.values()].filter((socket) => socket instanceof StreamSocket && socket.isWriting);
    for (const socket of stuck) {
      socket.failed(Errno.ETIMEDOUT);
      socket.abort();
    }
    return stuck.length > 0;
  }

  /** Resets everything that is still open or delivering. */
  abortAll() {
    for (const socket of this.#sockets.values()) socket.abort();
  }

  /**
   * The last event of an id.
   * @param {number} id
   */
  forget(id) {
    this.#sockets.delete(id);
    this.events.closed(id);
    this.progress();
  }

  /**
   * @param {Endpoint} local
   * @param {Endpoint} remote
   */
  writeEndpoints(local, remote) {
    this.#sender = undefined;
    this.memory.writeEndpoint(this.#scratch, local);
    this.memory.writeEndpoint(this.#scratch + ENDPOINT_SIZE, remote);
  }

  /** @param {Endpoint} sender */
  writeSender(sender) {
    if (sender === this.#sender) return;
    this.#sender = sender;
    this.memory.writeEndpoint(this.#scratch + ENDPOINT_SIZE, sender);
  }

  /** The length that the last `recv_reserve` or `send_peek` left. */
  scratchLength() {
    return this.memory.u32(this.#scratch);
  }

  /**
   * @param {number} id of the listener
   * @param {AcceptedConnection} connection
   */
  accept(id, connection) {
    this.writeEndpoints(connection.local, connection.remote);
    const accepted = this.events.accepted(id);
    if (accepted === 0) {
      connection.refuse();
      return;
    }
    const socket = new StreamSocket(this, accepted);
    socket.open = true;
    socket.local = connection.local;
    socket.remote = connection.remote;
    this.#sockets.set(accepted, socket);
    socket.platform = connection.take(socket);
  }

  /**
   * A copy of the runtime's bytes, which is given back with `reuse`. One that was as long before is the same object: to the
   * platform a new one costs more than copying little.
   * @param {number} address
   * @param {number} length at most `WRITE_PIECE`
   */
  copyForWrite(address, length) {
    const used = this.#buffers.pop();
    const whole = used?.buffer ?? new ArrayBuffer(WRITE_PIECE);
    const buffer = used?.length === length ? used : new Uint8Array(whole, 0, length);
    buffer.set(this.memory.part(address, length));
    return buffer;
  }

  /**
   * A copy, which is given back with `reuseDatagram`. As above, one that has been sent is the same object again if it is as long.
   * Small ones are cut from a common block: allocating each costs more than copying it.
   * @param {number} address
   * @param {number} length
   */
  #copyDatagram(address, length) {
    if (length > DATAGRAM_BLOCK / 8) return this.memory.copy(address, length);
    const copy = this.#datagrams.at(-1)?.length === length ? this.#datagrams.pop() : undefined;
    const buffer = copy ?? this.#cutDatagram(length);
    buffer.set(this.memory.part(address, length));
    return buffer;
  }

  /** @param {number} length */
  #cutDatagram(length) {
    if (this.#block.length - this.#blockUsed < length) {
      this.#block = new Uint8Array(DATAGRAM_BLOCK);
      this.#blockUsed = 0;
    }
    const start = this.#blockUsed;
    this.#blockUsed += length;
    return this.#block.subarray(start, this.#blockUsed);
  }

  /** @param {Uint8Array} buffer of a datagram that has left */
  reuseDatagram(buffer) {
    if (buffer.length > DATAGRAM_BLOCK / 8) return;
    if (this.#datagrams.at(-1)?.length !== buffer.length) this.#datagrams = [];
    if (this.#datagrams.length < SPARE_DATAGRAMS) this.#datagrams.push(buffer);
  }

  /** @param {Uint8Array} buffer that `copyForWrite` gave */
  reuse(buffer) {
    if (this.#buffers.length < SPARE_BUFFERS) this.#buffers.push(buffer);
  }
}
