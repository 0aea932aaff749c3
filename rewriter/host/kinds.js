/**
 * One socket of each kind: bound, connected, listening, UDP. Each stands between the runtime, whose id it has, and one
 * socket of the platform, whose sink it is. Which of them an id is, and their common buffers, is known to sockets.js.
 */
import { Errno, NO_ENDPOINT } from './interface.js';

/** @import { Endpoint } from './interface.js' */
/** @import { AcceptedConnection, PlatformBound, PlatformDatagrams } from './backends/backend.d.ts' */
/** @import { PlatformListener, PlatformStream } from './backends/backend.d.ts' */
/** @import { SocketRow, Sockets } from './sockets.js' */

/** Most bytes handed to the platform in one write. */
export const WRITE_PIECE = 65536;

/** Writes under way on one connection: what the send ring holds unless a setting makes it larger, so that the platform never has to wait for us. */
const WRITES_IN_FLIGHT = 4;

/** A reaction to it is a microtask as one of queueMicrotask is, for a quarter of what that costs a browser. */
const NOW = Promise.resolve();

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
  /** Where it is, as the platform has told. @type {Endpoint} */
  local = NO_ENDPOINT;
  /** Its peer, likewise. @type {Endpoint} */
  remote = NO_ENDPOINT;
  /** Bytes that the runtime was given. */
  received = 0;
  /** Bytes that the platform has taken. */
  sent = 0;

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
    this.local = local;
    this.remote = remote;
    this.sockets.writeEndpoints(local, remote);
    this.sockets.events.opened(this.id);
  }

  /**
   * @param {SocketRow['kind']} kind
   * @param {number} queued bytes that the platform has not taken yet
   * @returns {SocketRow}
   */
  describe(kind, queued) {
    const { id, local, remote, received, sent } = this;
    const state = this.closing ? 'closing' : this.open ? 'open' : 'opening';
    return { id, kind, state, local, remote, received, sent, queued };
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
export class BoundSocket extends SocketLife {
  /** @type {PlatformBound | undefined} */
  platform;

  row() {
    return this.describe('bound', 0);
  }

  close() {
    if (this.beginClosing()) this.platform?.close();
  }

  abort() {
    this.close();
  }
}

/** A TCP connection. */
export class StreamSocket extends SocketLife {
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

  row() {
    return this.describe('tcp', this.#bytesInFlight);
  }

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

  /** The platform has not taken all that it was given. */
  get isWriting() {
    return this.#writes > 0;
  }

  /** Drains the send ring, as soon as the runtime has returned. */
  send() {
    if (this.#pumping) return;
    this.#pumping = true;
    NOW.then(() => this.#pump());
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
    NOW.then(() => this.#resumed());
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
      memory.bytes.set(room === bytes.length ? bytes : bytes.subarray(offset, offset + room), address);
      offset += room;
      this.received += room;
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
    let corked = false;
    while (this.open && !this.#broken && !this.#ended && !this.gone && this.#writes < WRITES_IN_FLIGHT) {
      // The bytes under way stay at the head of the ring until they are done.
      const address = events.send_peek(this.id, this.#bytesInFlight + WRITE_PIECE + 1) >>> 0;
      const length = this.sockets.scratchLength() - this.#bytesInFlight;
      if (length <= 0) {
        if (this.#writes === 0 && this.#finishing) this.#end();
        break;
      }
      if (length > WRITE_PIECE && !corked) {
        this.platform?.cork?.();
        corked = true;
      }
      this.#write(address + this.#bytesInFlight, Math.min(length, WRITE_PIECE));
    }
    if (corked) this.platform?.uncork?.();
  }

  /**
   * @param {number} address
   * @param {number} length
   */
  #write(address, length) {
    const buffer = this.sockets.copyForWrite(address, length);
    this.#writes += 1;
    this.#bytesInFlight += length;
    this.platform?.write(buffer, (taken) => {
      this.sockets.reuse(buffer);
      this.#writes -= 1;
      this.#bytesInFlight -= length;
      if (!taken || this.gone) return;
      this.sent += length;
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
export class ListeningSocket extends SocketLife {
  /** @type {PlatformListener | undefined} */
  platform;

  row() {
    return this.describe('listener', 0);
  }

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
export class DatagramSocket extends SocketLife {
  /** @type {PlatformDatagrams | undefined} */
  platform;
  #inFlight = 0;
  /** Datagrams that have left since the runtime was last told, and their bytes. */
  #left = 0;
  #leftBytes = 0;
  #bytesInFlight = 0;

  row() {
    return this.describe('udp', this.#bytesInFlight);
  }

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
    this.received += bytes.length;
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
      this.sockets.reuseDatagram(payload);
      this.#inFlight -= 1;
      this.#bytesInFlight -= payload.length;
      if (error === 0) this.sent += payload.length;
      if (this.gone) return;
      if (error === 0) this.#hasLeft(payload.length);
      else this.#tellSent(1, payload.length, error);
      if (!this.closing || this.#inFlight > 0) return;
      this.#tellLeft();
      this.platform?.close();
    });
    if (errno === 0) {
      this.#inFlight += 1;
      this.#bytesInFlight += payload.length;
    }
    return errno;
  }

  /**
   * The platform tells of many in one turn; the runtime is told of all of them at once.
   * @param {number} length
   */
  #hasLeft(length) {
    this.#left += 1;
    this.#leftBytes += length;
    if (this.#left === 1) NOW.then(() => this.#tellLeft());
  }

  #tellLeft() {
    const count = this.#left;
    const bytes = this.#leftBytes;
    this.#left = 0;
    this.#leftBytes = 0;
    if (count > 0 && !this.gone) this.#tellSent(count, bytes, 0);
  }

  /**
   * @param {number} count
   * @param {number} length of all of them together
   * @param {number} errno
   */
  #tellSent(count, length, errno) {
    this.sockets.events.datagrams_sent(this.id, count, length, errno);
    this.sockets.progress();
  }

  close() {
    // What was sent leaves first: closing would cancel it.
    if (this.beginClosing() && this.#inFlight === 0) this.platform?.close();
  }

  abort() {
    if (this.beginClosing()) this.platform?.close();
  }
}
