/**
 * Sockets of Node: `net`, `dgram` and `dns`. No handle keeps the process alive by itself; requests under way (a
 * connect, a write, a close that delivers, a name lookup) do, and so does `hold`.
 */
import { Errno, HostOption, NO_ENDPOINT } from '../interface.js';

/** @import { Backend, AcceptedConnection, DatagramSink, ListenerSink, PlatformDatagrams } from './backend.d.ts' */
/** @import { PlatformListener, PlatformStream, StreamSink } from './backend.d.ts' */
/** @import { Endpoint, OpenRequest } from '../interface.js' */

/**
 * Node's error codes to errno. Those of Linux are the same names; the others are what Node makes of them.
 * @type {Readonly<Record<string, number>>}
 */
export const NODE_ERRNO = Object.freeze({
  ...Errno,
  // getaddrinfo
  ENOTFOUND: Errno.ENOENT,
  ENODATA: Errno.ENOENT,
  EAI_NONAME: Errno.ENOENT,
  EAI_NODATA: Errno.ENOENT,
  EAI_ADDRFAMILY: Errno.ENOENT,
  EAI_AGAIN: Errno.EAGAIN,
  EAI_FAIL: Errno.EIO,
  EAI_MEMORY: Errno.ENOMEM,
  // libuv's own names
  ENOTSUP: Errno.EOPNOTSUPP,
  ECHARSET: Errno.ENOENT,
  EOF: Errno.ECONNRESET,
  // JavaScript's checks of arguments
  ERR_INVALID_ARG_TYPE: Errno.EINVAL,
  ERR_INVALID_ARG_VALUE: Errno.EINVAL,
  ERR_INVALID_IP_ADDRESS: Errno.EINVAL,
  ERR_OUT_OF_RANGE: Errno.EINVAL,
  ERR_SOCKET_BAD_PORT: Errno.EINVAL,
  // what was under way when a socket ended
  ERR_SOCKET_CLOSED: Errno.ECONNRESET,
  ERR_SOCKET_CLOSED_BEFORE_CONNECTION: Errno.ECONNRESET,
  ERR_SOCKET_DGRAM_NOT_RUNNING: Errno.EBADF,
  ERR_SOCKET_DGRAM_NOT_CONNECTED: Errno.EDESTADDRREQ,
  ERR_STREAM_DESTROYED: Errno.EPIPE,
  ERR_STREAM_WRITE_AFTER_END: Errno.EPIPE,
});

/** Received bytes pass through one buffer of this size: libuv reads and calls back before it reads again. */
const READ_BUFFER = 65536;

/**
 * Whether this is Node, and one in which scripts of every kind can get its modules.
 * @returns {boolean}
 */
export function isNode() {
  // Not by process.versions: who runs a page's script in Node hides that from it.
  return typeof process === 'object' && typeof process.getBuiltinModule === 'function';
}

/**
 * @param {(key: string, message: string) => void} warnOnce
 * @returns {Backend}
 */
export function createNodeBackend(warnOnce) {
  return new NodeBackend(warnOnce);
}

/** @implements {Backend} */
class NodeBackend {
  name = 'node';
  net = process.getBuiltinModule('node:net');
  dgram = process.getBuiltinModule('node:dgram');
  dns = process.getBuiltinModule('node:dns');
  os = process.getBuiltinModule('node:os');
  #warnOnce;
  #holds = 0;
  /** @type {NodeJS.Timeout | undefined} */
  #handle;
  /** @type {Uint8Array | undefined} */
  #readBuffer;

  /** @param {(key: string, message: string) => void} warnOnce */
  constructor(warnOnce) {
    this.#warnOnce = warnOnce;
  }

  hold() {
    this.#holds += 1;
    if (this.#holds > 1) return;
    // One timer that never does anything stands for all that is waited for.
    this.#handle ??= setInterval(() => {}, 0x7fffffff);
    this.#handle.ref();
  }

  release() {
    this.#holds -= 1;
    if (this.#holds === 0) this.#handle?.unref();
  }

  /** @param {() => void} callback */
  nextTurn(callback) {
    setImmediate(callback);
  }

  /**
   * @param {OpenRequest} request
   * @param {StreamSink} sink
   */
  connect(request, sink) {
    return this.attempt(() => {
      const socket = new this.net.Socket({ allowHalfOpen: true, ...this.#readOption(sink) });
      return NodeStream.connecting(this, socket, request, sink);
    });
  }

  /**
   * @param {OpenRequest} request
   * @param {number} backlog
   * @param {ListenerSink} sink
   */
  listen(request, backlog, sink) {
    return this.attempt(() => new NodeListener(this, request, backlog, sink));
  }

  /**
   * @param {OpenRequest} request
   * @param {DatagramSink} sink
   */
  openUdp(request, sink) {
    return this.attempt(() => new NodeDatagrams(this, request, sink));
  }

  /**
   * @param {string} name
   * @param {(errno: number, addresses: Endpoint[]) => void} answer
   */
  resolve(name, answer) {
    try {
      this.dns.lookup(name, { all: true, order: 'verbatim' }, (error, found) => {
        // EINVAL: libuv knows without asking anybody that this is no name.
        if (error) answer(error.code === 'EINVAL' ? Errno.ENOENT : this.errno(error), []);
        else
          answer(
            found.length === 0 ? Errno.ENOENT : 0,
            found.map(({ address }) => this.endpoint(address, 0)),
          );
      });
    } catch {
      // Node does not even look up what can't be a name.
      queueMicrotask(() => answer(Errno.ENOENT, []));
    }
  }

  /**
   * @template T
   * @param {() => T} open
   * @returns {T | number} an errno if it throws
   */
  attempt(open) {
    try {
      return open();
    } catch (error) {
      return this.errno(error);
    }
  }

  /**
   * @param {unknown} error
   * @returns {number} not 0
   */
  errno(error) {
    const code = String(/** @type {NodeJS.ErrnoException} */ (error)?.code);
    const errno = NODE_ERRNO[code];
    if (errno !== undefined) return errno;
    this.#warnOnce(`code ${code}`, `Node's error ${code} has no errno here and is reported as EIO: ${error}`);
    return Errno.EIO;
  }

  /**
   * An endpoint as Node tells it.
   * @param {string | undefined} text
   * @param {number | undefined} port
   * @returns {Endpoint}
   */
  endpoint(text, port) {
    if (text === undefined || port === undefined) return NO_ENDPOINT;
    if (!text.includes(':')) return { family: 4, address: text, port, scope: 0 };
    const zone = text.indexOf('%');
    if (zone < 0) return { family: 6, address: text, port, scope: 0 };
    const addresses = this.os.networkInterfaces()[text.slice(zone + 1)] ?? [];
    const scope = addresses.find(({ scopeid }) => scopeid)?.scopeid ?? 0;
    return { family: 6, address: text.slice(0, zone), port, scope };
  }

  /**
   * An address as Node wants it, of the wanted family.
   * @param {Endpoint} endpoint
   * @param {boolean} ipv6 an IPv4 address is written as an IPv4-mapped one
   */
  address({ family, address, scope }, ipv6) {
    if (family === 4 && ipv6) return `::ffff:${address}`;
    if (scope === 0) return address;
    for (const [name, entries] of Object.entries(this.os.networkInterfaces())) {
      if (entries?.some(({ scopeid }) => scopeid === scope)) return `${address}%${name}`;
    }
    return address;
  }

  /** @param {StreamSink} sink */
  #readOption(sink) {
    // On Windows a read is under way for each connection at once, so the buffer can't be shared.
    if (process.platform === 'win32') return {};
    this.#readBuffer ??= new Uint8Array(READ_BUFFER);
    const buffer = this.#readBuffer;
    return {
      onread: { buffer, callback: (/** @type {number} */ length) => sink.data(buffer.subarray(0, length)) },
    };
  }
}

/**
 * A TCP connection.
 * @implements {PlatformStream}
 */
class NodeStream {
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
   * @param {import('node:net').Socket} socket
   * @param {OpenRequest} request
   * @param {StreamSink} sink
   */
  static connecting(backend, socket, request, sink) {
    const { local, remote, name, ipv6 } = request;
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
    socket.connect({
      host: name || backend.address(remote, false),
      port: remote.port,
      // A name stands for an IPv4 address in a program that knows only those; such an address is tried first.
      lookup: (host, _options, callback) => {
        const order = ipv6 ? 'verbatim' : 'ipv4first';
        backend.dns.lookup(host, { order }, callback);
      },
      autoSelectFamily: false,
      ...(local.family === 0 ? {} : { localAddress: backend.address(local, false) }),
      ...(local.port === 0 ? {} : { localPort: local.port }),
    });
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
class NodeListener {
  #server;
  #sink;

  /**
   * @param {NodeBackend} backend
   * @param {OpenRequest} request
   * @param {number} backlog
   * @param {ListenerSink} sink
   */
  constructor(backend, request, backlog, sink) {
    const { local, ipv6, v6Only, reusePort } = request;
    const server = backend.net.createServer({ allowHalfOpen: true, pauseOnConnect: true });
    this.#server = server;
    this.#sink = sink;
    server.unref();
    server.on('connection', (socket) => sink.accepted(new NodeAccepted(backend, socket)));
    server.on('listening', () => {
      const { address, port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      sink.opened(backend.endpoint(address, port), NO_ENDPOINT);
    });
    // Once it listens, an error is that of one connection that could not be accepted; it goes on listening.
    server.on('error', (error) => server.listening || sink.failed(backend.errno(error)));
    const host = local.family === 0 ? anyAddress(ipv6) : backend.address(local, ipv6);
    server.listen({ host, port: local.port, backlog, ipv6Only: v6Only, reusePort, exclusive: true });
  }

  close() {
    // The callback of `close` would wait for all accepted connections; the port is free at once.
    this.#server.close();
    setImmediate(() => this.#sink.closed());
  }

  setOption() {
    return Errno.ENOPROTOOPT;
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

/**
 * A UDP socket.
 * @implements {PlatformDatagrams}
 */
class NodeDatagrams {
  #backend;
  #socket;
  #ipv6;
  #sink;
  #open = false;
  #connected = false;

  /**
   * @param {NodeBackend} backend
   * @param {OpenRequest} request
   * @param {DatagramSink} sink
   */
  constructor(backend, request, sink) {
    const { local, remote, name, ipv6, v6Only, receiveBuffer, sendBuffer } = request;
    this.#backend = backend;
    this.#sink = sink;
    this.#ipv6 = ipv6 || local.family === 6 || remote.family === 6;
    const socket = backend.dgram.createSocket({
      type: this.#ipv6 ? 'udp6' : 'udp4',
      ipv6Only: v6Only,
      reuseAddr: request.reuseAddress,
      reusePort: request.reusePort,
      lookup: (host, options, callback) => {
        const family = backend.net.isIP(host);
        if (family === 0) backend.dns.lookup(host, /** @type {object} */ (options), callback);
        // Destinations of datagrams are addresses already, and need no detour.
        else if (this.#open) callback(null, host, family);
        // But nothing may be told before the socket has been handed out.
        else process.nextTick(callback, null, host, family);
      },
      ...(receiveBuffer === 0 ? {} : { recvBufferSize: receiveBuffer }),
      ...(sendBuffer === 0 ? {} : { sendBufferSize: sendBuffer }),
    });
    this.#socket = socket;
    socket.unref();
    socket.on('message', (bytes, { address, port }) => sink.datagram(bytes, backend.endpoint(address, port)));
    socket.on('error', (error) => sink.failed(backend.errno(error)));
    socket.on('close', () => sink.closed());
    const opened = () => {
      this.#open = true;
      this.#connected = connected;
      if (request.broadcast) socket.setBroadcast(true);
      const here = socket.address();
      const there = connected ? socket.remoteAddress() : undefined;
      sink.opened(backend.endpoint(here.address, here.port), backend.endpoint(there?.address, there?.port));
    };
    const connected = name !== '' || remote.family !== 0;
    const address = local.family === 0 ? anyAddress(this.#ipv6) : backend.address(local, this.#ipv6);
    socket.bind({ address, port: local.port, exclusive: true }, () => {
      if (!connected) opened();
      else this.#connect(name || backend.address(remote, this.#ipv6), remote.port, opened);
    });
  }

  /**
   * @param {string} host
   * @param {number} port
   * @param {() => void} opened
   */
  #connect(host, port, opened) {
    // Unlike what its type says, the callback is given an error.
    const connected = (/** @type {unknown[]} */ ...[error]) => {
      if (error) this.#sink.failed(this.#backend.errno(error));
      else opened();
    };
    const failure = this.#backend.attempt(() => this.#socket.connect(port, host, connected));
    if (failure) this.#sink.failed(failure);
  }

  /**
   * @param {Uint8Array} bytes
   * @param {Endpoint} to
   * @param {(errno: number) => void} done
   * @returns {number} 0 or an errno
   */
  send(bytes, to, done) {
    if (!this.#open) return Errno.EBADF;
    if (to.family === 0 && !this.#connected) return Errno.EDESTADDRREQ;
    const sent = (/** @type {Error | null} */ error) => done(error ? this.#backend.errno(error) : 0);
    const failure = this.#backend.attempt(() => {
      if (to.family === 0) this.#socket.send(bytes, sent);
      else this.#socket.send(bytes, to.port, this.#backend.address(to, this.#ipv6), sent);
    });
    return failure ?? 0;
  }

  close() {
    try {
      this.#socket.close();
    } catch {
      // Closed already.
    }
  }

  /**
   * @param {number} option
   * @param {number} value
   */
  setOption(option, value) {
    const failure = this.#backend.attempt(() => {
      if (option === HostOption.Broadcast) this.#socket.setBroadcast(value !== 0);
      else if (option === HostOption.Ttl) this.#socket.setTTL(value);
      else return Errno.ENOPROTOOPT;
      return 0;
    });
    return failure;
  }
}

/** @param {boolean} ipv6 */
function anyAddress(ipv6) {
  return ipv6 ? '::' : '0.0.0.0';
}
