/**
 * TCP of Direct Sockets: connections, listening sockets, and endpoints that are bound. What Chromium 156 does differently from
 * what one would expect, and what has this shape for that reason:
 *
 * - A second read while one is pending ends the renderer: there is always just one, and the next is issued in the turn in which
 *   one settles, because bytes that nobody waits for are dropped when the peer closes.
 * - What comes with an early FIN may be lost: see RACE_MS.
 * - A pending BYOB read does not settle at the peer's FIN: `reader.closed` tells.
 * - Writes get lost: see direct-writes.js. One that is blocked when the peer resets never settles: the failing read aborts the writer.
 * - There is no half-close: FIN leaves when both directions are closed, so `end` takes effect with the peer's FIN or with `close`.
 * - `opened` can reject because the peer has closed at once, and an attempt to connect cannot be called off.
 */
import { Errno, HostOption, NO_ENDPOINT } from '../interface.js';
import { endpointOf, localAddress } from './direct.js';
import { DirectWrites } from './direct-writes.js';

/** @import { AcceptedConnection, ListenerSink, PlatformBound } from './backend.d.ts' */
/** @import { PlatformListener, PlatformStream, SocketSink, StreamSink } from './backend.d.ts' */
/** @import { OpenRequest } from '../interface.js' */
/** @import { DirectBackend } from './direct.js' */

/** What bulk is read into. */
const READ_SIZE = 262_144;

/** A chunk of this size is a sign of bulk. */
const BULK = 32_768;

/**
 * What comes with the peer's FIN in the first few milliseconds can be gone before it can be read: of 200 bytes sent at once and
 * closed, 1 in 40 were for a default reader, and up to half for a BYOB reader. What is left is nothing, or the one chunk that the
 * network process had read at first, of 32 KiB if there was more. An end so early, after nothing or after such a chunk, is
 * therefore reported as a reset.
 */
const RACE_MS = 10;

/** So much the network process reads at a time. */
const CHUNK = 32_768;

/**
 * By so many microtasks the next read is put off after a small chunk: what the program answers to it is written in fewer, and leaves
 * before the read takes its time. A turn ends with its last microtask, so nothing is lost by that.
 */
const ANSWER_HOPS = 8;

/** The shortest delay that `keepAliveDelay` takes, in milliseconds. */
const KEEP_ALIVE_LEAST = 1000;

/** `accept` is asked for so often ahead: each takes a round trip between processes. */
const ACCEPTS_AHEAD = 8;

/**
 * A TCP connection.
 * @implements {PlatformStream}
 */
export class DirectStream {
  #backend;
  #sink;
  /** @type {ReadableStream<Uint8Array<ArrayBuffer>> | undefined} */
  #readable;
  /**
   * First a default reader, which needs no buffer and is the faster to begin; a BYOB one for bulk, where it is faster.
   * @type {ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | ReadableStreamBYOBReader | undefined}
   */
  #reader;
  /** @type {DirectWrites | undefined} */
  #writer;
  /** What the next read fills, once there is bulk. @type {ArrayBuffer | undefined} */
  #buffer;
  /** What the one after it fills. @type {ArrayBuffer | undefined} */
  #spare;
  #openedAt = 0;
  #bytes = 0;
  /**
   * `stopping`: the sink has asked to stop, but one read is still pending, so that an end without more data is seen for what it
   * is. `stopped`: none is. `over`: nothing more will be read.
   * @type {'reading' | 'stopping' | 'stopped' | 'over'}
   */
  #input = 'reading';
  /** What is read is of no interest any more. */
  #ignoring = false;
  #failed = false;
  #closing = false;
  /** Keepalive as it was opened with, in milliseconds. */
  #keepAlive;

  /**
   * @param {DirectBackend} backend
   * @param {StreamSink} sink
   * @param {number} keepAlive
   */
  constructor(backend, sink, keepAlive) {
    this.#backend = backend;
    this.#sink = sink;
    this.#keepAlive = keepAlive;
  }

  /**
   * @param {DirectBackend} backend
   * @param {OpenRequest} request
   * @param {StreamSink} sink
   */
  static connecting(backend, request, sink) {
    const stream = new DirectStream(backend, sink, request.keepAlive);
    stream.#connect(request);
    return stream;
  }

  /**
   * @param {DirectBackend} backend
   * @param {TCPSocketOpenInfo | undefined} info nothing: the peer has gone already
   * @param {StreamSink} sink
   */
  static accepted(backend, info, sink) {
    const stream = new DirectStream(backend, sink, ACCEPTED_KEEP_ALIVE);
    if (info) stream.#start(info);
    else queueMicrotask(() => stream.#fail(Errno.ECONNRESET));
    return stream;
  }

  /** @param {OpenRequest} request */
  async #connect(request) {
    const { remote, name } = request;
    const start = performance.now();
    try {
      const { socket, info } = await this.#open(request, name === '' ? undefined : 'ipv4');
      if (this.#closing) {
        socket.close().catch(() => {});
        return;
      }
      const { localAddress, localPort, remoteAddress, remotePort } = info;
      this.#sink.opened(endpointOf(localAddress, localPort), endpointOf(remoteAddress, remotePort));
      this.#start(info);
    } catch (error) {
      if (this.#closing) return;
      if (/** @type {Error} */ (error).name !== 'InvalidStateError') {
        this.#fail(this.#backend.errno(error, 'connect', performance.now() - start));
        return;
      }
      // It was connected, and the peer has closed. What it may have sent is lost, so this is no clean end.
      this.#sink.opened(NO_ENDPOINT, remote);
      this.#fail(Errno.ECONNRESET);
    }
  }

  /**
   * @param {OpenRequest} request
   * @param {'ipv4' | 'ipv6'} [dnsQueryType] a name is looked up as what the program knows first
   * @returns {Promise<{socket: TCPSocket, info: TCPSocketOpenInfo}>}
   */
  async #open(request, dnsQueryType) {
    const { remote, name, keepAlive, receiveBuffer, sendBuffer } = request;
    try {
      return await this.#backend.open(
        () =>
          new TCPSocket(name || remote.address, remote.port, {
            // It cannot be set later, and the ring gathers small writes anyway.
            noDelay: true,
            ...(keepAlive > 0 && { keepAliveDelay: Math.max(keepAlive, KEEP_ALIVE_LEAST) }),
            ...(receiveBuffer > 0 && { receiveBufferSize: receiveBuffer }),
            ...(sendBuffer > 0 && { sendBufferSize: sendBuffer }),
            ...(dnsQueryType && { dnsQueryType }),
          }),
      );
    } catch (error) {
      if (dnsQueryType !== 'ipv4' || !isUnresolved(error)) throw error;
      return this.#open(request, 'ipv6');
    }
  }

  /** @param {TCPSocketOpenInfo} info */
  #start({ readable, writable }) {
    this.#openedAt = performance.now();
    this.#readable = readable;
    this.#listen(readable.getReader());
    this.#next();
    const nextTurn = (/** @type {() => void} */ callback) => this.#backend.nextTurn(callback);
    this.#writer = new DirectWrites(writable.getWriter(), nextTurn, (error) => {
      // Otherwise the read tells, after what has been received.
      if (this.#input === 'over') this.#fail(this.#backend.errno(error, 'transfer'));
    });
  }

  /** @param {ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | ReadableStreamBYOBReader} reader */
  #listen(reader) {
    this.#reader = reader;
    reader.closed.then(
      () => this.#inputEnded(),
      (error) => {
        // One that was exchanged for another says so here.
        if (this.#reader === reader) this.#broke(error);
      },
    );
  }

  /** Reads on when the program has had its chance to answer. */
  #nextAfterAnswer(hops = ANSWER_HOPS) {
    if (hops > 0) this.#backend.endOfTurn(() => this.#nextAfterAnswer(hops - 1));
    else if (this.#input !== 'over') this.#next();
  }

  #next() {
    const reader = /** @type {ReadableStreamBYOBReader} */ (this.#reader);
    const read = this.#buffer ? reader.read(new Uint8Array(this.#buffer)) : this.#readOnce();
    read.then(this.#received, this.#broke);
  }

  #readOnce() {
    return /** @type {ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>} */ (this.#reader).read();
  }

  /** @param {ReadableStream<Uint8Array<ArrayBuffer>>} readable that is not being read */
  #readBulk(readable) {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.releaseLock();
    this.#listen(readable.getReader({ mode: 'byob' }));
    this.#buffer = new ArrayBuffer(READ_SIZE);
  }

  /** @param {ReadableStreamReadResult<Uint8Array<ArrayBuffer>>} result */
  #received = ({ value, done }) => {
    if (done || !value || this.#input === 'over') return;
    this.#bytes += value.length;
    // The network process fills the pipe again while this is copied.
    const ahead = this.#buffer !== undefined && this.#input === 'reading';
    if (ahead) {
      this.#buffer = this.#spare ?? new ArrayBuffer(READ_SIZE);
      this.#next();
    }
    const goOn = this.#ignoring || this.#sink.data(value);
    if (this.#closing) return;
    if (ahead) this.#spare = value.buffer;
    else if (this.#buffer) this.#buffer = value.buffer;
    else if (value.length >= BULK && this.#readable) this.#readBulk(this.#readable);
    if (goOn) this.#input = 'reading';
    else this.#input = this.#input === 'reading' ? 'stopping' : 'stopped';
    if (ahead || this.#input === 'stopped') return;
    if (value.length < BULK) this.#nextAfterAnswer();
    else this.#next();
  };

  #inputEnded() {
    if (this.#input === 'over') return;
    // Nobody waited for what may have come before the end.
    const early = performance.now() - this.#openedAt < RACE_MS && (this.#bytes === 0 || this.#bytes === CHUNK);
    const lossy = early || this.#input === 'stopped';
    this.#input = 'over';
    if (lossy) this.#fail(Errno.ECONNRESET);
    else this.#sink.ended();
  }

  /** @param {unknown} error */
  #broke = (error) => {
    if (this.#input === 'over') return;
    this.#input = 'over';
    this.#fail(this.#backend.errno(error, 'transfer'));
  };

  /** @param {number} errno */
  #fail(errno) {
    if (this.#failed || this.#closing) return;
    this.#failed = true;
    this.#writer?.abort().catch(() => {});
    this.#sink.failed(errno);
  }

  /**
   * @param {Uint8Array} bytes
   * @param {(taken: boolean) => void} done
   */
  write(bytes, done) {
    if (this.#writer) this.#writer.write(bytes, done);
    else queueMicrotask(() => done(false));
  }

  end() {
    this.#writer?.close().catch(() => {});
    if (this.#input === 'over') return;
    this.#backend.warnOnce(
      'shutdown',
      'shutdown() cannot tell the peer: it sees the end when the connection is closed',
    );
  }

  resume() {
    const stopped = this.#input === 'stopped';
    if (this.#input !== 'over') this.#input = 'reading';
    if (stopped) this.#next();
  }

  ignoreInput() {
    this.#ignoring = true;
    // A reset is seen by reading alone, and it would leave what is being written there for ever.
    this.resume();
  }

  close() {
    this.#close(false);
  }

  abort() {
    this.#close(true);
  }

  /** @param {boolean} abort */
  #close(abort) {
    const [reader, writer] = [this.#reader, this.#writer];
    if (abort) writer?.abort().catch(() => {});
    if (this.#closing) return;
    this.#closing = true;
    this.#input = 'over';
    // What has been closed or has failed already says so, and is as closed.
    Promise.allSettled([writer?.close(), reader?.cancel()]).then(() => this.#sink.closed());
  }

  /**
   * @param {number} option
   * @param {number} value
   */
  setOption(option, value) {
    return tcpOption(this.#backend, option, value, this.#keepAlive);
  }
}

/** Chromium switches keepalive on for what it accepts, after so many milliseconds. */
const ACCEPTED_KEEP_ALIVE = 45_000;

/**
 * Nothing can be changed once a connection is open; what is as it was opened is no change.
 * @param {DirectBackend} backend
 * @param {number} option
 * @param {number} value
 * @param {number} keepAlive as it is
 * @returns {number} 0 or an errno
 */
function tcpOption(backend, option, value, keepAlive) {
  if (option === HostOption.NoDelay && value !== 0) return 0;
  if (option === HostOption.KeepAlive && value > 0 === keepAlive > 0) return 0;
  if (option === HostOption.NoDelay) {
    backend.warnOnce('nodelay', 'TCP_NODELAY cannot be switched off: ENOPROTOOPT');
  } else if (option === HostOption.KeepAlive) {
    backend.warnOnce('keepalive', 'SO_KEEPALIVE cannot be changed once a socket is connected: ENOPROTOOPT');
  }
  return Errno.ENOPROTOOPT;
}

/** @param {unknown} error */
function isUnresolved(error) {
  const { name, message } = /** @type {Error} */ (error);
  return name === 'NetworkError' && message.startsWith('Hostname');
}

/** A TCPServerSocket, which listens from the beginning. What comes is given to `taker`. */
class Server {
  /** @type {(info: TCPSocketOpenInfo | undefined) => void} */
  taker = refuseConnection;
  /** It can accept no more. @type {(errno: number) => void} */
  broken = () => {};
  /** @type {ReadableStreamDefaultReader<TCPSocket>} */
  #reader;
  #socket;
  #backend;
  #reopen;
  #relistening = false;
  #closed = false;

  /**
   * @param {DirectBackend} backend
   * @param {TCPServerSocket} socket
   * @param {Awaited<TCPServerSocket['opened']>} info
   * @param {() => Promise<{socket: TCPServerSocket, info: Awaited<TCPServerSocket['opened']>}>} reopen on the same port
   */
  constructor(backend, socket, info, reopen) {
    this.#backend = backend;
    this.#reopen = reopen;
    this.#socket = socket;
    this.local = endpointOf(info.localAddress, info.localPort);
    this.#reader = info.readable.getReader();
    this.#listen();
  }

  #listen() {
    this.#reader.closed.catch(() => {});
    for (let ahead = 0; ahead < ACCEPTS_AHEAD; ahead += 1) this.#accept(this.#reader);
  }

  /**
   * @param {DirectBackend} backend
   * @param {OpenRequest} request
   * @param {number} [backlog]
   */
  static async open(backend, request, backlog) {
    const address = localAddress(request);
    const { port } = request.local;
    const listen = (/** @type {number} */ localPort) =>
      backend.open(
        () =>
          new TCPServerSocket(address, {
            ...(localPort !== 0 && { localPort }),
            ...(backlog !== undefined && { backlog: Math.max(backlog, 1) }),
            ...(address === '::' && { ipv6Only: request.v6Only }),
          }),
      );
    const { socket, info } = await backend.openPort(() => listen(port));
    return new Server(backend, socket, info, () => listen(info.localPort));
  }

  /** @param {ReadableStreamDefaultReader<TCPSocket>} reader */
  #accept(reader) {
    reader.read().then(
      ({ value, done }) => {
        if (done || !value) return;
        value.closed.catch(() => {});
        value.opened.then(
          (info) => this.taker(info),
          () => this.taker(undefined),
        );
        this.#accept(reader);
      },
      () => this.#relisten(reader),
    );
  }

  /**
   * One accept that fails ends the whole stream of Chromium's (seen after some 130 connections whose peers closed at once), and
   * the socket no longer listens: another takes its place on the port.
   * @param {ReadableStreamDefaultReader<TCPSocket>} reader
   */
  async #relisten(reader) {
    // All that were asked for ahead fail.
    if (this.#closed || reader !== this.#reader || this.#relistening) return;
    this.#relistening = true;
    try {
      reader.releaseLock();
      await this.#socket.close().catch(() => {});
      const { socket, info } = await this.#reopen();
      this.#socket = socket;
      if (this.#closed) {
        socket.close().catch(() => {});
        return;
      }
      this.#reader = info.readable.getReader();
      this.#listen();
    } catch (error) {
      this.broken(this.#backend.errno(error, 'bind'));
    }
    this.#relistening = false;
  }

  /** @param {() => void} closed called when its port is free */
  close(closed) {
    this.taker = refuseConnection;
    this.broken = () => {};
    this.#closed = true;
    this.#reader.releaseLock();
    this.#socket.close().then(closed, closed);
  }
}

/** @param {TCPSocketOpenInfo | undefined} info */
function refuseConnection(info) {
  info?.readable.cancel().catch(() => {});
  info?.writable.abort().catch(() => {});
}

/** What listens or is to: a Server, once it is open. */
class ServerSocket {
  /** @type {Server | undefined} */
  server;
  #backend;
  #sink;
  #opening = true;
  #closing = false;

  /**
   * @param {DirectBackend} backend
   * @param {SocketSink} sink
   */
  constructor(backend, sink) {
    this.#backend = backend;
    this.#sink = sink;
  }

  /** @param {Server | Promise<Server>} opening */
  async opens(opening) {
    try {
      this.server = await opening;
      if (this.#closing) this.#end();
      else this.#sink.opened(this.server.local, NO_ENDPOINT);
    } catch (error) {
      if (this.#closing) this.#sink.closed();
      else this.#sink.failed(this.#backend.errno(error, 'bind'));
    }
    this.#opening = false;
  }

  close() {
    if (this.#closing) return;
    this.#closing = true;
    if (!this.#opening) this.#end();
  }

  #end() {
    const { server } = this;
    if (server) server.close(() => this.#sink.closed());
    else queueMicrotask(() => this.#sink.closed());
  }

  /**
   * @param {number} option
   * @param {number} value
   */
  setOption(option, value) {
    // Of those that are accepted.
    return tcpOption(this.#backend, option, value, ACCEPTED_KEEP_ALIVE);
  }
}

/**
 * An endpoint that is bound. Binding is listening here: who comes is sent away until `listen` goes on with it.
 * @implements {PlatformBound}
 */
export class DirectBound extends ServerSocket {
  /**
   * @param {DirectBackend} backend
   * @param {OpenRequest} request
   * @param {SocketSink} sink
   */
  constructor(backend, request, sink) {
    super(backend, sink);
    /** What was asked for. */
    this.wanted = request.local;
    this.opens(Server.open(backend, request));
  }

  /**
   * Hands over what is bound; it is then the taker's to close.
   * @returns {Server | undefined}
   */
  adopt() {
    const { server } = this;
    this.server = undefined;
    return server;
  }

  /**
   * Options come with the request that goes on with the socket.
   * @override
   * @param {number} option
   */
  setOption(option) {
    return option === HostOption.NoDelay || option === HostOption.KeepAlive ? 0 : Errno.ENOPROTOOPT;
  }
}

/**
 * A listening socket.
 * @implements {PlatformListener}
 */
export class DirectListener extends ServerSocket {
  /**
   * @param {DirectBackend} backend
   * @param {OpenRequest} request
   * @param {number} backlog
   * @param {ListenerSink} sink
   * @param {DirectBound} [bound] what it goes on with
   */
  constructor(backend, request, backlog, sink, bound) {
    super(backend, sink);
    const opening = bound?.adopt() ?? Server.open(backend, request, backlog);
    const take = (/** @type {Server} */ server) => {
      server.taker = (info) => sink.accepted(new DirectAccepted(backend, info));
      server.broken = (errno) => sink.failed(errno);
      return server;
    };
    this.opens(opening instanceof Server ? take(opening) : opening.then(take));
  }
}

/** @implements {AcceptedConnection} */
class DirectAccepted {
  #backend;
  #info;
  /** The listener's holds: Chromium does not tell. */
  local = NO_ENDPOINT;

  /**
   * @param {DirectBackend} backend
   * @param {TCPSocketOpenInfo | undefined} info
   */
  constructor(backend, info) {
    this.#backend = backend;
    this.#info = info;
    this.remote = endpointOf(info?.remoteAddress, info?.remotePort);
  }

  /** @param {StreamSink} sink */
  take(sink) {
    return DirectStream.accepted(this.#backend, this.#info, sink);
  }

  refuse() {
    refuseConnection(this.#info);
  }
}
