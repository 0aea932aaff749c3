/**
 * TCP of Node: endpoints that are bound, connections, and listening sockets. Which errno an error of Node's is, and how
 * an address is written, is asked of the backend.
 *
 * `SO_RCVBUF` and `SO_SNDBUF` of TCP can't be set in Node, and neither can the TTL: the runtime answers for the first two
 * by itself and is answered ENOPROTOOPT for the last.
 */
import { Errno, HostOption, NO_ENDPOINT } from '../interface.js';

/** @import { AcceptedConnection, ListenerSink, PlatformBound } from './backend.d.ts' */
/** @import { PlatformListener, PlatformStream, SocketSink, StreamSink } from './backend.d.ts' */
/** @import { OpenRequest } from '../interface.js' */
/** @import { NodeBackend } from './node.js' */

/** Flags of libuv's `uv_tcp_bind`, for Nodes without `net.BoundSocket`. */
const UV_TCP = Object.freeze({ IPV6ONLY: 1, REUSEPORT: 2 });

/**
 * What Node takes as a bound socket: a `net.BoundSocket`, or the handle that one consists of.
 * @typedef {import('node:net').BoundSocket} BoundHandle
 */

/**
 * A TCP socket that has a local endpoint, and nothing else yet: a peer that connects to it is refused.
 * @implements {PlatformBound}
 */
export class NodeBound {
  #sink;
  /** Nobody has gone on with it yet. @type {BoundHandle | undefined} */
  #handle;

  /**
   * @param {NodeBackend} backend
   * @param {OpenRequest} request
   * @param {SocketSink} [sink]
   */
  constructor(backend, request, sink) {
    const { local } = request;
    this.#sink = sink;
    /** It is of AF_INET6. */
    this.ipv6 = request.ipv6 || local.family === 6;
    const host = local.family === 0 ? anyAddress(this.ipv6) : backend.address(local, this.ipv6);
    const { handle, address, port } = bindHandle(backend, host, request, this.ipv6);
    this.#handle = handle;
    if (sink) queueMicrotask(() => sink.opened(backend.endpoint(address, port), NO_ENDPOINT));
  }

  /**
   * Hands over what is bound; it is then the taker's to close.
   * @returns {BoundHandle}
   */
  adopt() {
    const handle = this.#handle;
    if (!handle) throw Object.assign(new Error('the socket is closed'), { code: 'EBADF' });
    this.#handle = undefined;
    return handle;
  }

  close() {
    this.#handle?.close();
    this.#handle = undefined;
    queueMicrotask(() => this.#sink?.closed());
  }

  /** @param {number} option */
  setOption(option) {
    // They come with the request that goes on with the socket.
    return option === HostOption.NoDelay || option === HostOption.KeepAlive ? 0 : Errno.ENOPROTOOPT;
  }
}

/**
 * @param {NodeBackend} backend
 * @param {string} host
 * @param {OpenRequest} request
 * @param {boolean} ipv6
 * @returns {{handle: BoundHandle, address: string, port: number}}
 */
function bindHandle(backend, host, { local, v6Only, reusePort }, ipv6) {
  const { net } = backend;
  if (typeof net.BoundSocket === 'function') {
    const handle = new net.BoundSocket({ host, port: local.port, ipv6Only: ipv6 && v6Only, reusePort });
    return { handle, ...handle.address() };
  }
  // Before 26.4 there is only what `cluster` binds its sockets with.
  const flags = (ipv6 && v6Only ? UV_TCP.IPV6ONLY : 0) | (reusePort ? UV_TCP.REUSEPORT : 0);
  const { _createServerHandle } = /** @type {any} */ (net);
  const handle = _createServerHandle(host, local.port, ipv6 ? 6 : 4, undefined, flags);
  if (typeof handle === 'number') throw backend.systemError(handle);
  // libuv tells a conflict when the socket is first used.
  const name = { address: '', port: 0 };
  const error = handle.getsockname(name);
  if (error) {
    handle.close();
    throw backend.systemError(error);
  }
  return { handle, ...name };
}

/**
 * A TCP connection.
 * @implements {PlatformStream}
 */
export class NodeStream {
  #socket;
  #sink;

  /**
   * @param {NodeBackend} backend
   * @param {import('node:net').Socket} socket
   * @param {StreamSink} sink
   */
  constructor(backend, socket, sink) {
    this.#socket = socket;
    this.#sink = sink;
    socket.unref();
    socket.on('end', () => sink.ended());
    socket.on('error', (error) => sink.failed(backend.errno(error)));
    socket.on('close', () => sink.closed());
  }

  /**
   * @param {NodeBackend} backend
   * @param {OpenRequest} request
   * @param {StreamSink} sink
   * @param {NodeBound} [bound] what it goes on with
   */
  static connecting(backend, request, sink, bound) {
    const { local, remote, name, ipv6 } = request;
    const from = bound ?? (local.family === 0 && local.port === 0 ? undefined : new NodeBound(backend, request));
    const options = {
      allowHalfOpen: true,
      // Reading what is not connected yet would fail.
      ...(from && { handle: from.adopt(), manualStart: true }),
      ...backend.readOption(sink),
    };
    const socket = new backend.net.Socket(options);
    const stream = new NodeStream(backend, socket, sink);
    if (process.platform === 'win32') stream.#flow();
    socket.on('connect', () => {
      sink.opened(
        backend.endpoint(socket.localAddress, socket.localPort),
        backend.endpoint(socket.remoteAddress, socket.remotePort),
      );
    });
    socket.setNoDelay(request.noDelay);
    socket.setKeepAlive(request.keepAlive > 0, request.keepAlive);
    try {
      socket.connect({
        host: name || backend.address(remote, from?.ipv6 ?? false),
        port: remote.port,
        // A name stands for an IPv4 address in a program that knows only those; such an address is tried first.
        lookup: (host, _options, callback) => {
          const order = ipv6 ? 'verbatim' : 'ipv4first';
          backend.dns.lookup(host, { order }, callback);
        },
        autoSelectFamily: false,
      });
    } catch (error) {
      // What was bound is gone, so this is told like any other failure.
      socket.destroy(/** @type {Error} */ (error));
    }
    return stream;
  }

  /**
   * @param {NodeBackend} backend
   * @param {import('node:net').Socket} socket
   * @param {StreamSink} sink
   */
  static accepted(backend, socket, sink) {
    const stream = new NodeStream(backend, socket, sink);
    stream.#flow();
    return stream;
  }

  /**
   * @param {Uint8Array} bytes
   * @param {(taken: boolean) => void} done
   */
  write(bytes, done) {
    // What went wrong is told by 'error'.
    this.#socket.write(bytes, (error) => done(!error));
  }

  cork() {
    this.#socket.cork();
  }

  uncork() {
    this.#socket.uncork();
  }

  end() {
    this.#socket.end();
  }

  resume() {
    this.#socket.resume();
  }

  ignoreInput() {
    this.#socket.pause();
  }

  close() {
    const socket = this.#socket;
    if (socket.destroyed) return;
    if (socket.writableFinished) socket.destroy();
    else socket.end(() => socket.destroy());
  }

  abort() {
    const socket = this.#socket;
    if (socket.destroyed) return;
    // Node would keep on connecting, in order to reset what comes of it.
    if (socket.connecting || socket.pending) socket.destroy();
    else socket.resetAndDestroy();
  }

  /**
   * @param {number} option
   * @param {number} value
   */
  setOption(option, value) {
    if (option === HostOption.NoDelay) this.#socket.setNoDelay(value !== 0);
    else if (option === HostOption.KeepAlive) this.#socket.setKeepAlive(value > 0, value);
    else return Errno.ENOPROTOOPT;
    return 0;
  }

  #flow() {
    this.#socket.on('data', (/** @type {Uint8Array} */ bytes) => {
      if (!this.#sink.data(bytes)) this.#socket.pause();
    });
    this.#socket.resume();
  }
}

/**
 * A listening socket.
 * @implements {PlatformListener}
 */
export class NodeListener {
  #server;
  #sink;
  /** What accepted connections inherit. */
  #noDelay;
  #keepAlive;

  /**
   * @param {NodeBackend} backend
   * @param {OpenRequest} request
   * @param {number} backlog
   * @param {ListenerSink} sink
   * @param {NodeBound} [bound] what it goes on with
   */
  constructor(backend, request, backlog, sink, bound) {
    const handle = (bound ?? new NodeBound(backend, request)).adopt();
    const server = backend.net.createServer({ allowHalfOpen: true, pauseOnConnect: true });
    this.#server = server;
    this.#sink = sink;
    this.#noDelay = request.noDelay;
    this.#keepAlive = request.keepAlive;
    server.unref();
    server.on('connection', (socket) => {
      if (this.#noDelay) socket.setNoDelay(true);
      if (this.#keepAlive > 0) socket.setKeepAlive(true, this.#keepAlive);
      sink.accepted(new NodeAccepted(backend, socket));
    });
    server.on('listening', () => {
      const { address, port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      sink.opened(backend.endpoint(address, port), NO_ENDPOINT);
    });
    // Once it listens, an error is that of one connection that could not be accepted; it goes on listening.
    server.on('error', (error) => server.listening || sink.failed(backend.errno(error)));
    // Node takes 0 for "not given".
    server.listen(handle, Math.max(backlog, 1));
  }

  close() {
    // The callback of `close` would wait for all accepted connections; the port is free at once.
    this.#server.close();
    setImmediate(() => this.#sink.closed());
  }

  /**
   * @param {number} option
   * @param {number} value
   */
  setOption(option, value) {
    if (option === HostOption.NoDelay) this.#noDelay = value !== 0;
    else if (option === HostOption.KeepAlive) this.#keepAlive = value;
    else return Errno.ENOPROTOOPT;
    return 0;
  }
}

/** @implements {AcceptedConnection} */
class NodeAccepted {
  #backend;
  #socket;

  /**
   * @param {NodeBackend} backend
   * @param {import('node:net').Socket} socket
   */
  constructor(backend, socket) {
    this.#backend = backend;
    this.#socket = socket;
    this.local = backend.endpoint(socket.localAddress, socket.localPort);
    this.remote = backend.endpoint(socket.remoteAddress, socket.remotePort);
  }

  /** @param {StreamSink} sink */
  take(sink) {
    return NodeStream.accepted(this.#backend, this.#socket, sink);
  }

  refuse() {
    // The reset can fail if the peer was faster.
    this.#socket.on('error', () => {});
    this.#socket.resetAndDestroy();
  }
}

/** @param {boolean} ipv6 */
export function anyAddress(ipv6) {
  return ipv6 ? '::' : '0.0.0.0';
}
