/**
 * UDP of Direct Sockets. What would break a socket of Chromium's for good is refused before it is sent; one that broke all the
 * same, or that needs an option which only a new one takes, is opened anew on its port.
 */
import { Errno, HostOption, NO_ENDPOINT } from '../interface.js';
import { endpointOf, localAddress } from './direct.js';

/** @import { DatagramSink, PlatformDatagrams } from './backend.d.ts' */
/** @import { Endpoint, OpenRequest } from '../interface.js' */
/** @import { DirectBackend } from './direct.js' */

/** Most bytes of one datagram. */
const LONGEST = 65_507;

/** Most that `receiveBufferSize` and `sendBufferSize` do. */
const BUFFER_MOST = 131_072;

/** A datagram that waits to be sent. @typedef {{message: UDPMessage, done: (errno: number) => void}} Outgoing */

/** One UDPSocket: receives, and sends one datagram at a time, which is all that Chromium does of one. */
class Channel {
  busy = false;
  #socket;
  #reader;
  #writer;

  /**
   * @param {UDPSocket} socket
   * @param {UDPSocketOpenInfo} info
   */
  constructor(socket, info) {
    this.#socket = socket;
    this.info = info;
    this.#reader = info.readable.getReader();
    this.#writer = info.writable.getWriter();
    for (const end of [this.#reader.closed, this.#writer.closed, this.#writer.ready]) end.catch(() => {});
  }

  /**
   * Receives until it is closed or breaks.
   * @param {(message: UDPMessage) => void} deliver
   */
  async receive(deliver) {
    for (;;) {
      const { value, done } = await this.#reader.read();
      if (done || !value) return;
      deliver(value);
    }
  }

  /** @param {UDPMessage} message */
  send(message) {
    return this.#writer.write(message);
  }

  async close() {
    this.#reader.releaseLock();
    this.#writer.releaseLock();
    await this.#socket.close();
  }
}

/**
 * A UDP socket.
 * @implements {PlatformDatagrams}
 */
export class DirectDatagrams {
  #backend;
  #sink;
  /** What the platform's socket is opened with. @type {UDPSocketOptions} */
  #options;
  /** @type {Channel | undefined} */
  #channel;
  /** @type {Outgoing[]} */
  #queue = [];
  #connected;
  #closing = false;

  /**
   * @param {DirectBackend} backend
   * @param {OpenRequest} request
   * @param {DatagramSink} sink
   */
  constructor(backend, request, sink) {
    this.#backend = backend;
    this.#sink = sink;
    this.#connected = request.remote.family !== 0 || request.name !== '';
    this.#options = udpOptions(request, this.#connected);
    this.#open();
  }

  async #open() {
    try {
      const { socket, info } = await this.#backend.open(() => new UDPSocket(this.#options));
      const channel = new Channel(socket, info);
      if (this.#closing) {
        this.#end(channel);
        return;
      }
      this.#channel = channel;
      this.#sink.opened(endpointOf(info.localAddress, info.localPort), endpointOf(info.remoteAddress, info.remotePort));
      channel.receive((message) => this.#received(message)).catch(() => {});
      this.#pump();
    } catch (error) {
      if (this.#closing) this.#sink.closed();
      else this.#sink.failed(this.#backend.errno(error, 'udp'));
    }
  }

  /** @param {UDPMessage} message */
  #received({ data, remoteAddress, remotePort }) {
    this.#sink.datagram(data, this.#connected ? NO_ENDPOINT : endpointOf(remoteAddress, remotePort));
  }

  /**
   * @param {Uint8Array} bytes
   * @param {Endpoint} to
   * @param {(errno: number) => void} done
   * @returns {number} 0 or an errno
   */
  send(bytes, to, done) {
    const refused = this.#refuse(bytes, to);
    if (refused !== 0) return refused;
    const message = to.family === 0 ? { data: bytes } : { data: bytes, remoteAddress: to.address, remotePort: to.port };
    this.#queue.push({ message, done });
    queueMicrotask(() => this.#pump());
    return 0;
  }

  /**
   * @param {Uint8Array} bytes
   * @param {Endpoint} to
   * @returns {number} why it must not be sent, 0 if it may
   */
  #refuse(bytes, to) {
    if (bytes.length > LONGEST) return Errno.EMSGSIZE;
    if (bytes.length === 0) {
      this.#backend.warnOnce('empty datagram', 'a datagram without bytes cannot be sent here: EOPNOTSUPP');
      return Errno.EOPNOTSUPP;
    }
    if (to.family === 0) return this.#connected ? 0 : Errno.EDESTADDRREQ;
    if (this.#connected) return Errno.EISCONN;
    if (to.port === 0) return Errno.EINVAL;
    if (to.address === '255.255.255.255') return Errno.EACCES;
    return 0;
  }

  #pump() {
    const channel = this.#channel;
    if (!channel || channel.busy) return;
    const next = this.#queue.shift();
    if (!next) return;
    channel.busy = true;
    channel.send(next.message).then(
      () => {
        channel.busy = false;
        next.done(0);
        this.#pump();
      },
      (error) => {
        next.done(this.#backend.errno(error, 'transfer'));
      },
    );
  }

  close() {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#channel) this.#end(this.#channel);
    else queueMicrotask(() => this.#sink.closed());
  }

  /** @param {Channel} channel */
  #end(channel) {
    const closed = () => this.#sink.closed();
    channel.close().then(closed, closed);
  }

  /** It is opened for one peer, and never bound and connected both. */
  connect() {
    return Errno.EOPNOTSUPP;
  }

  membership() {
    return Errno.EOPNOTSUPP;
  }

  /**
   * @param {number} option
   * @param {number} value
   */
  setOption(option, value) {
    if (option === HostOption.Broadcast && value === 0) return 0;
    return Errno.ENOPROTOOPT;
  }
}

/**
 * @param {OpenRequest} request
 * @param {boolean} connected
 * @returns {UDPSocketOptions}
 */
function udpOptions(request, connected) {
  const { local, remote, name, v6Only, receiveBuffer, sendBuffer } = request;
  const buffers = {
    receiveBufferSize: Math.min(receiveBuffer || BUFFER_MOST, BUFFER_MOST),
    ...(sendBuffer > 0 && { sendBufferSize: Math.min(sendBuffer, BUFFER_MOST) }),
  };
  if (connected) return { ...buffers, remoteAddress: name || remote.address, remotePort: remote.port };
  const address = localAddress(request);
  return {
    ...buffers,
    localAddress: address,
    ...(local.port !== 0 && { localPort: local.port }),
    ...(address === '::' && { ipv6Only: v6Only }),
  };
}
