/**
 * Direct Sockets of Chromium, in a window or a dedicated worker of an Isolated Web App: TCP (direct-tcp.js), UDP
 * (direct-udp.js) and names. What an exception means is a table in direct-errors.js; whether they may be used at all,
 * direct-access.js.
 */
import { Errno, NO_ENDPOINT, parseAddress } from '../interface.js';
import { refusal } from './direct-access.js';
import { judge } from './direct-errors.js';
import { DirectBound, DirectListener, DirectStream } from './direct-tcp.js';
import { DirectDatagrams } from './direct-udp.js';
import { browserLoop } from './none.js';

/** @import { Backend, DatagramSink, ListenerSink, PlatformBound, SocketSink, StreamSink } from './backend.d.ts' */
/** @import { Endpoint, OpenRequest } from '../interface.js' */
/** @import { Attempt } from './direct-errors.js' */

/** Nothing is sent to it: a socket is connected there to learn which address a name has. The port is `discard`'s. */
const ANY_REMOTE_PORT = 9;

/**
 * A port that is in use is asked for so often at most. Chromium frees one of ours after it has said that the socket is closed. And as it
 * sets SO_REUSEADDR, the kernel can choose one for TCP that another process has bound and not listened on yet.
 */
const PORT_ATTEMPTS = 8;

/**
 * @param {(key: string, message: string) => void} warnOnce
 * @param {number} [stripes] most sockets over which the sends of one UDP socket are spread
 * @returns {Backend}
 */
export function createDirectBackend(warnOnce, stripes = 1) {
  return new DirectBackend(warnOnce, stripes);
}

/** @implements {Backend} */
export class DirectBackend {
  name = 'direct';
  /** Why nothing can be opened; not known at once in a worker. @type {Promise<string | undefined> | undefined} */
  #refusal;
  #loop = browserLoop();

  /**
   * @param {(key: string, message: string) => void} warnOnce
   * @param {number} stripes
   */
  constructor(warnOnce, stripes) {
    this.warnOnce = warnOnce;
    this.stripes = stripes;
  }

  hold() {}

  release() {}

  /** @param {() => void} callback */
  endOfTurn(callback) {
    this.#loop.endOfTurn(callback);
  }

  /** @param {() => void} callback */
  nextTurn(callback) {
    this.#loop.nextTurn(callback);
  }

  /**
   * @param {OpenRequest} request
   * @param {SocketSink} sink
   */
  bind(request, sink) {
    return new DirectBound(this, request, sink);
  }

  /**
   * @param {OpenRequest} request
   * @param {StreamSink} sink
   * @param {PlatformBound} [bound]
   */
  connect(request, sink, bound) {
    const from = /** @type {DirectBound | undefined} */ (bound);
    const wanted = from?.wanted ?? request.local;
    // Its sink hears no more.
    from?.adopt()?.close(() => {});
    if (wanted.port === 0 && isAny(wanted)) return DirectStream.connecting(this, request, sink);
    this.warnOnce('bound client', 'a connection cannot be made from a port or an address of one’s choice: EOPNOTSUPP');
    return Errno.EOPNOTSUPP;
  }

  /**
   * @param {OpenRequest} request
   * @param {number} backlog
   * @param {ListenerSink} sink
   * @param {PlatformBound} [bound]
   */
  listen(request, backlog, sink, bound) {
    return new DirectListener(this, request, backlog, sink, /** @type {DirectBound | undefined} */ (bound));
  }

  /**
   * @param {OpenRequest} request
   * @param {DatagramSink} sink
   */
  openUdp(request, sink) {
    return new DirectDatagrams(this, request, sink);
  }

  /**
   * A UDP socket that is connected to a name tells the address that it has found. Nothing is sent by that. IPv4 comes first.
   * @param {string} name
   * @param {(errno: number, addresses: Endpoint[]) => void} answer
   */
  async resolve(name, answer) {
    const [ipv4, ipv6] = await Promise.all([this.#lookUp(name, 'ipv4'), this.#lookUp(name, 'ipv6')]);
    const found = [ipv4, ipv6].filter((address) => typeof address === 'object');
    if (found.length > 0) answer(0, found);
    else answer(/** @type {number} */ (ipv4), []);
  }

  /**
   * @param {string} name
   * @param {'ipv4' | 'ipv6'} dnsQueryType
   * @returns {Promise<Endpoint | number>} or an errno
   */
  async #lookUp(name, dnsQueryType) {
    const start = performance.now();
    try {
      const { socket, info } = await this.open(
        () => new UDPSocket({ remoteAddress: name, remotePort: ANY_REMOTE_PORT, dnsQueryType }),
      );
      socket.close().catch(() => {});
      return endpointOf(info.remoteAddress, 0);
    } catch (error) {
      // What is no name at all is not looked up.
      if (error instanceof TypeError) return Errno.ENOENT;
      return this.errno(error, 'name', performance.now() - start);
    }
  }

  /**
   * Opens a socket, unless this place may not: touching the interface could end the whole process then.
   * @template {{opened: Promise<any>, closed: Promise<void>}} S
   * @param {() => S} create
   * @returns {Promise<{socket: S, info: Awaited<S['opened']>}>}
   */
  async open(create) {
    this.#refusal ??= refusal();
    const reason = await this.#refusal;
    if (reason !== undefined) throw new Refused(reason);
    const socket = create();
    // It ends the same way as the streams, which tell.
    socket.closed.catch(() => {});
    return { socket, info: await socket.opened };
  }

  /**
   * Opens what gets a port, and again if the port is in use.
   * @template T
   * @param {() => Promise<T>} attempt
   * @returns {Promise<T>}
   */
  async openPort(attempt) {
    for (let left = PORT_ATTEMPTS; ; left--) {
      try {
        return await attempt();
      } catch (error) {
        if (left === 1 || this.errno(error, 'bind') !== Errno.EADDRINUSE) throw error;
      }
    }
  }

  /**
   * @param {unknown} error
   * @param {Attempt} attempt
   * @param {number} [elapsed] milliseconds that it took
   * @returns {number} not 0
   */
  errno(error, attempt, elapsed) {
    if (error instanceof Refused) {
      this.warnOnce('backend', `no network: ${error.message}; sockets fail with ENETDOWN`);
      return Errno.ENETDOWN;
    }
    const verdict = judge(error, attempt, elapsed);
    if (!verdict) {
      this.warnOnce(
        `error ${error}`,
        `this error of Direct Sockets has no errno here and is reported as EIO: ${error}`,
      );
      return Errno.EIO;
    }
    if (verdict.advice) this.warnOnce(verdict.advice, verdict.advice);
    return verdict.errno;
  }
}

/** Why there is no network here. */
class Refused extends Error {}

/**
 * An endpoint as the platform tells it.
 * @param {string | undefined} address
 * @param {number | undefined} port
 * @returns {Endpoint}
 */
export function endpointOf(address, port) {
  if (address === undefined || port === undefined) return NO_ENDPOINT;
  return { family: address.includes(':') ? 6 : 4, address, port, scope: 0 };
}

/**
 * The address that a socket is bound to, as the platform wants it.
 * @param {OpenRequest} request
 */
export function localAddress({ local, ipv6 }) {
  if (local.family === 0) return ipv6 ? '::' : '0.0.0.0';
  return isAny(local) ? (local.family === 6 ? '::' : '0.0.0.0') : local.address;
}

/**
 * @param {Endpoint} endpoint
 * @returns {boolean} it is no address in particular
 */
export function isAny({ family, address }) {
  return family === 0 || (parseAddress(address)?.every((byte) => byte === 0) ?? false);
}
