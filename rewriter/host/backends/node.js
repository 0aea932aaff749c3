/**
 * Sockets of Node: `net` (node-tcp.js), `dgram` (node-udp.js) and `dns`. No handle keeps the process alive by itself; requests under way (a
 * connect, a write, a close that delivers, a name lookup) do, and so does `hold`.
 */
import { Errno, NO_ENDPOINT } from '../interface.js';
import { NodeBound, NodeListener, NodeStream } from './node-tcp.js';
import { NodeDatagrams } from './node-udp.js';

/** @import { Backend, DatagramSink, ListenerSink, PlatformBound, SocketSink, StreamSink } from './backend.d.ts' */
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
  ERR_SOCKET_BUFFER_SIZE: Errno.EINVAL,
  // what was under way when a socket ended
  ERR_SOCKET_CLOSED: Errno.ECONNRESET,
  ERR_SOCKET_CLOSED_BEFORE_CONNECTION: Errno.ECONNRESET,
  ERR_SOCKET_DGRAM_NOT_RUNNING: Errno.EBADF,
  ERR_SOCKET_DGRAM_NOT_CONNECTED: Errno.EDESTADDRREQ,
  ERR_STREAM_DESTROYED: Errno.EPIPE,
  ERR_STREAM_WRITE_AFTER_END: Errno.EPIPE,
});

/** Where Linux tells the numbers of its network interfaces. */
const LINUX_INTERFACES = '/sys/class/net';

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
export class NodeBackend {
  name = 'node';
  net = process.getBuiltinModule('node:net');
  dgram = process.getBuiltinModule('node:dgram');
  dns = process.getBuiltinModule('node:dns');
  os = process.getBuiltinModule('node:os');
  fs = process.getBuiltinModule('node:fs');
  util = process.getBuiltinModule('node:util');
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
  endOfTurn(callback) {
    setImmediate(callback);
  }

  /** @param {() => void} callback */
  nextTurn(callback) {
    // The first of them may come in the turn that is under way, which has looked already.
    setImmediate(setImmediate, callback);
  }

  /**
   * @param {OpenRequest} request
   * @param {SocketSink} sink
   */
  bind(request, sink) {
    return this.attempt(() => new NodeBound(this, request, sink));
  }

  /**
   * @param {OpenRequest} request
   * @param {StreamSink} sink
   * @param {PlatformBound} [bound]
   */
  connect(request, sink, bound) {
    return this.attempt(() => NodeStream.connecting(this, request, sink, /** @type {NodeBound} */ (bound)));
  }

  /**
   * @param {OpenRequest} request
   * @param {number} backlog
   * @param {ListenerSink} sink
   * @param {PlatformBound} [bound]
   */
  listen(request, backlog, sink, bound) {
    return this.attempt(() => new NodeListener(this, request, backlog, sink, /** @type {NodeBound} */ (bound)));
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
   * @param {number} number an error of libuv's
   * @returns {Error} with the code that Node gives it
   */
  systemError(number) {
    const code = this.util.getSystemErrorName(number);
    return Object.assign(new Error(code), { code });
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
    const scope = this.#interfaceNumber(text.slice(zone + 1));
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
    const name = this.interfaceName(scope);
    return name === undefined ? address : `${address}%${name}`;
  }

  /**
   * @param {number} scope the number of a network interface
   * @returns {string | undefined} its name
   */
  interfaceName(scope) {
    const interfaces = Object.entries(this.os.networkInterfaces());
    const found = interfaces.find(([, entries]) => entries?.some(({ scopeid }) => scopeid === scope));
    if (found) return found[0];
    // Node tells the number only with a link-local address, which the loopback interface has none of.
    return this.#listInterfaces().find((name) => this.#linuxNumber(name) === scope);
  }

  /**
   * @param {import('../interface.js').Endpoint} device by its address, or by the number in `scope`
   * @returns {boolean} whether there is such a network interface
   */
  hasInterface({ family, address, scope }) {
    if (family === 0) return scope === 0 || this.interfaceName(scope) !== undefined;
    // All of 127.0.0.0/8 is the loopback interface's.
    if (family === 4 && address.startsWith('127.')) return true;
    return Object.values(this.os.networkInterfaces()).some((entries) =>
      entries?.some((entry) => entry.address === address),
    );
  }

  /**
   * @param {string} name of a network interface
   * @returns {string | undefined} its first IPv4 address
   */
  ipv4Of(name) {
    return this.os.networkInterfaces()[name]?.find(({ family }) => family === 'IPv4')?.address;
  }

  /**
   * @param {string} name of a network interface
   * @returns {number} 0 if there is none of that name
   */
  #interfaceNumber(name) {
    const told = (this.os.networkInterfaces()[name] ?? []).find(({ scopeid }) => scopeid)?.scopeid;
    return told ?? this.#linuxNumber(name) ?? 0;
  }

  /** @returns {string[]} */
  #listInterfaces() {
    try {
      return this.fs.readdirSync(LINUX_INTERFACES);
    } catch {
      return [];
    }
  }

  /**
   * @param {string} name
   * @returns {number | undefined}
   */
  #linuxNumber(name) {
    try {
      return Number(this.fs.readFileSync(`${LINUX_INTERFACES}/${name}/ifindex`, 'utf8'));
    } catch {
      return undefined;
    }
  }

  /**
   * How a connection is read.
   * @param {StreamSink} sink
   */
  readOption(sink) {
    // On Windows a read is under way for each connection at once, so the buffer can't be shared.
    if (process.platform === 'win32') return {};
    this.#readBuffer ??= new Uint8Array(READ_BUFFER);
    const buffer = this.#readBuffer;
    return {
      onread: { buffer, callback: (/** @type {number} */ length) => sink.data(buffer.subarray(0, length)) },
    };
  }
}
