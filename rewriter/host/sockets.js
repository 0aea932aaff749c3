/**
 * The sockets of one instance, by the runtime's ids. Carries bytes between the runtime's rings and the platform's
 * sockets and turns what the platform tells into events. What a call means, and when it may go on, is the runtime's.
 *
 * Everything that is called here by the runtime (`command` and what it reaches) runs inside a call of the runtime, which
 * may not be entered again: such code only starts things. Events are delivered from the event loop or from a microtask.
 */
import { ENDPOINT_SIZE, Errno, NO_ENDPOINT } from './interface.js';

/** @import { Endpoint, RuntimeMemory } from './interface.js' */
/** @import { PlatformListener, PlatformStream } from './backends/backend.d.ts' */
/** @import { AcceptedConnection, Backend, PlatformBound, PlatformDatagrams } from './backends/backend.d.ts' */

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
 * @property {(id: number, length: number, errno: number) => void} datagram_sent
 * @property {(listener: number) => number} accepted
 * @property {(id: number) => void} closed
 * @property {(query: number) => void} resolved_address
 * @property {(query: number, errno: number) => void} resolved
 */

/** Most bytes handed to the platform in one write. */
const WRITE_PIECE = 65536;

/** Writes under way on one connection: the platform always has the next one when it has done one. */
const WRITES_IN_FLIGHT = 2;

/** Size of the blocks that small datagrams are cut from. */
const DATAGRAM_BLOCK = 65536;

/** How a socket is closed: `a` of `Command.Close`. */
export const Closing = Object.freeze({ Deliver: 0, Abort: 1, Reset: 2 });

/** Buffers kept for the next write. */
const SPARE_BUFFERS = 16;

/** The sockets of one instance. */
export class Sockets {
  /** @type {Map<number, BoundSocket | StreamSocket | ListeningSocket | DatagramSocket>} */
  #sockets = new Map();
  /** @type {Uint8Array[]} */
  #buffers = [];
  /** What is left of the block that small datagrams are cut from. */
  #block = new Uint8Array();
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
   * @param {number} address of two `Endpoint`s: the group and the interface
   * @param {boolean} join or leave
   * @returns {number} 0 or an errno
   */
  membership(id, address, join) {
    const socket = this.#sockets.get(id);
    if (!(socket instanceof DatagramSocket)) return Errno.EBADF;
    const group = this.memory.readEndpoint(address);
    const device = this.memory.readEndpoint(address + ENDPOINT_SIZE);
    // An interface may be told by its number alone, in either family.
    const scope = this.memory.u32(address + ENDPOINT_SIZE + 4);
    return socket.platform?.membership(group, { ...device, scope }, join) ?? Errno.EBADF;
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

  /** How many there are. */
  get size() {
    return this.#sockets.size;
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
    this.memory.writeEndpoint(this.#scratch, local);
    this.memory.writeEndpoint(this.#scratch + ENDPOINT_SIZE, remote);
  }

  /** @param {Endpoint} sender */
  writeSender(sender) {
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
    this.#sockets.set(accepted, socket);
    socket.platform = connection.take(socket);
  }

  /**
   * A buffer of at least that many bytes, of which the first are a copy of the runtime's.
   * @param {number} address
   * @param {number} length at most `WRITE_PIECE`
   */
  copyForWrite(address, length) {
    const buffer = this.#buffers.pop() ?? new Uint8Array(WRITE_PIECE);
    buffer.set(this.memory.bytes.subarray(address, address + length));
    return buffer;
  }

  /**
   * A copy that lives as long as it is needed. Small ones are cut from a common block: allocating each costs more than
   * copying it.
   * @param {number} address
   * @param {number} length
   */
  #copyDatagram(address, length) {
    if (length > DATAGRAM_BLOCK / 8) return this.memory.copy(address, length);
    if (this.#block.length < length) this.#block = new Uint8Array(DATAGRAM_BLOCK);
    const copy = this.#block.subarray(0, length);
    this.#block = this.#block.subarray(length);
    copy.set(this.memory.bytes.subarray(address, address + length));
    return copy;
  }

  /** @param {Uint8Array} buffer that `copyForWrite` gave */
  reuse(buffer) {
    if (this.#buffers.length < SPARE_BUFFERS) this.#buffers.push(buffer);
  }
}

/**
 * How far a socket has come towards its end, on our side. The platform may be done with it before the runtime is; the id
 * lives until the runtime has asked for `Close` and has been answered `closed`.
 */
class SocketLife {
  /** @type {Sockets} */
  sockets;
  /** @type {number} */
  id;
  open = false;
  /** The runtime has asked for `Close`: no event but `closed` from now on. */
  closing = false;
  /** The platform is done with it. */
  gone = false;

  /**
   * @param {Sockets} sockets
   * @param {number} id
   */
  constructor(sockets, id) {
    this.sockets = sockets;
    this.id = id;
  }

  /**
   * @param {Endpoint} local
   * @param {Endpoint} remote
   */
  opened(local, remote) {
    if (this.closing) return;
    this.open = true;
    this.sockets.writeEndpoints(local, remote);
    this.sockets.events.opened(this.id);
  }

  /** @param {number} errno */
  failed(errno) {
    if (this.closing) return;
    this.sockets.events.failed(this.id, errno);
    this.sockets.progress();
  }

  closed() {
    if (this.gone) return;
    this.gone = true;
    if (this.closing) this.sockets.forget(this.id);
  }

  /**
   * Notes the runtime's `Close`.
   * @returns {boolean} there is still something for the platform to close
   */
  beginClosing() {
    const first = !this.closing;
    this.closing = true;
    if (first && this.gone) queueMicrotask(() => this.sockets.forget(this.id));
    return !this.gone;
  }
}

/** A TCP socket that has a local endpoint, until one of the others goes on with it under its id. */
class BoundSocket extends SocketLife {
  /** @type {PlatformBound | undefined} */
  platform;

  close() {
    if (this.beginClosing()) this.platform?.close();
  }

  abort() {
    this.close();
  }
}

/** A TCP connection. */
class StreamSocket extends SocketLife {
  /** @type {PlatformStream | undefined} */
  platform;
  /** Received bytes that did not fit the ring, and what came after them. @type {Uint8Array[]} */
  #held = [];
  /** What came after the held bytes: an errno, or 0 for the peer's FIN. @type {number | undefined} */
  #heldEnd;
  /** The runtime has asked to stop reading. */
  #paused = false;
  /** `Shutdown` or `Close` came: FIN follows the last byte. */
  #finishing = false;
  /** RST follows the last byte. */
  #resetting = false;
  /** FIN is sent or on its way. */
  #ended = false;
  #broken = false;
  #pumping = false;
  #writes = 0;
  #bytesInFlight = 0;

  /**
   * @override
   * @param {Endpoint} local
   * @param {Endpoint} remote
   */
  opened(local, remote) {
    super.opened(local, remote);
    if (this.open) this.#pump();
  }

  /** @param {Uint8Array} bytes */
  data(bytes) {
    if (this.closing) return false;
    if (this.#held.length > 0) {
      this.#held.push(bytes.slice());
      return false;
    }
    const rest = this.#receive(bytes);
    if (rest) this.#held.push(rest.slice());
    return !this.#paused;
  }

  ended() {
    this.#inputOver(0);
  }

  /**
   * @override
   * @param {number} errno
   */
  failed(errno) {
    this.#broken = true;
    if (this.closing) this.platform?.abort();
    else if (this.open) this.#inputOver(errno);
    else super.failed(errno);
  }

  /** Drains the send ring, as soon as the runtime has returned. */
  send() {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => this.#pump());
  }

  shutdown() {
    this.#finishing = true;
    this.send();
  }

  /** @param {boolean} [reset] instead of FIN */
  close(reset = false) {
    if (!this.beginClosing()) return;
    this.#held = [];
    this.#resetting = reset;
    this.platform?.ignoreInput();
    if (!this.open || this.#broken) this.platform?.abort();
    else if (this.#ended) this.#closePlatform();
    else this.shutdown();
  }

  abort() {
    if (this.beginClosing()) this.platform?.abort();
  }

  resume() {
    this.#paused = false;
    queueMicrotask(() => this.#resumed());
  }

  #resumed() {
    while (this.#held.length > 0 && !this.#paused && !this.closing) {
      const bytes = /** @type {Uint8Array} */ (this.#held.shift());
      const rest = this.#receive(bytes);
      if (rest) this.#held.unshift(rest);
    }
    if (this.#held.length > 0 || this.closing) return;
    const end = this.#heldEnd;
    this.#heldEnd = undefined;
    if (end !== undefined) this.#inputOver(end);
    else if (!this.#paused) this.platform?.resume();
  }

  /**
   * Puts received bytes into the ring.
   * @param {Uint8Array} bytes
   * @returns {Uint8Array | undefined} what did not fit
   */
  #receive(bytes) {
    const { events, memory } = this.sockets;
    let offset = 0;
    while (offset < bytes.length) {
      const address = events.recv_reserve(this.id, bytes.length - offset) >>> 0;
      const room = address === 0 ? 0 : Math.min(this.sockets.scratchLength(), bytes.length - offset);
      if (room === 0) {
        this.#paused = true;
        return bytes.subarray(offset);
      }
      memory.bytes.set(bytes.subarray(offset, offset + room), address);
      offset += room;
      this.#paused = events.recv_commit(this.id, room) === 0;
    }
    return undefined;
  }

  /** @param {number} errno 0 for the peer's FIN */
  #inputOver(errno) {
    if (this.closing) return;
    if (this.#held.length > 0) {
      // An error after the FIN counts, a FIN after an error does not.
      if (!this.#heldEnd) this.#heldEnd = errno;
    } else if (errno === 0) {
      this.sockets.events.recv_end(this.id);
    } else {
      super.failed(errno);
    }
  }

  #pump() {
    this.#pumping = false;
    const { events } = this.sockets;
    while (this.open && !this.#broken && !this.#ended && !this.gone && this.#writes < WRITES_IN_FLIGHT) {
      // The bytes under way stay at the head of the ring until they are done.
      const address = events.send_peek(this.id, this.#bytesInFlight + WRITE_PIECE) >>> 0;
      const length = this.sockets.scratchLength() - this.#bytesInFlight;
      if (length <= 0) {
        if (this.#writes === 0 && this.#finishing) this.#end();
        return;
      }
      this.#write(address + this.#bytesInFlight, Math.min(length, WRITE_PIECE));
    }
  }

  /**
   * @param {number} address
   * @param {number} length
   */
  #write(address, length) {
    const buffer = this.sockets.copyForWrite(address, length);
    this.#writes += 1;
    this.#bytesInFlight += length;
    this.platform?.write(buffer.subarray(0, length), (taken) => {
      this.sockets.reuse(buffer);
      this.#writes -= 1;
      this.#bytesInFlight -= length;
      if (!taken || this.gone) return;
      this.sockets.events.send_done(this.id, length);
      this.#pump();
      this.sockets.progress();
    });
  }

  #end() {
    this.#ended = true;
    if (this.closing) this.#closePlatform();
    else this.platform?.end();
  }

  #closePlatform() {
    if (this.#resetting) this.platform?.abort();
    else this.platform?.close();
  }
}

/** A listening socket. */
class ListeningSocket extends SocketLife {
  /** @type {PlatformListener | undefined} */
  platform;

  /** @param {AcceptedConnection} connection */
  accepted(connection) {
    if (this.closing) connection.refuse();
    else this.sockets.accept(this.id, connection);
  }

  close() {
    if (this.beginClosing()) this.platform?.close();
  }

  abort() {
    this.close();
  }
}

/** A UDP socket. */
class DatagramSocket extends SocketLife {
  /** @type {PlatformDatagrams | undefined} */
  platform;
  #inFlight = 0;

  /**
   * @param {Uint8Array} bytes
   * @param {Endpoint} sender
   */
  datagram(bytes, sender) {
    if (this.closing) return;
    const { events, memory } = this.sockets;
    const address = events.datagram_reserve(this.id, bytes.length) >>> 0;
    if (address === 0) return;
    memory.bytes.set(bytes, address);
    this.sockets.writeSender(sender);
    events.datagram_commit(this.id, bytes.length);
  }

  /**
   * @param {Endpoint} to
   * @param {Uint8Array} payload
   * @returns {number} 0 or an errno
   */
  send(to, payload) {
    if (!this.platform || this.gone) return Errno.EBADF;
    const errno = this.platform.send(payload, to, (error) => {
      this.#inFlight -= 1;
      if (this.gone) return;
      this.sockets.events.datagram_sent(this.id, payload.length, error);
      if (this.closing && this.#inFlight === 0) this.platform?.close();
      this.sockets.progress();
    });
    if (errno === 0) this.#inFlight += 1;
    return errno;
  }

  close() {
    // What was sent leaves first: closing would cancel it.
    if (this.beginClosing() && this.#inFlight === 0) this.platform?.close();
  }

  abort() {
    if (this.beginClosing()) this.platform?.close();
  }
}
