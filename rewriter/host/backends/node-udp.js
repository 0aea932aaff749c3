/**
 * UDP of Node. Which errno an error of Node's is, and how an address is written, is asked of the backend.
 */
import { Errno, HostOption, NO_ENDPOINT } from '../interface.js';
import { anyAddress } from './node-tcp.js';

/** @import { DatagramSink, PlatformDatagrams } from './backend.d.ts' */
/** @import { Endpoint, OpenRequest } from '../interface.js' */
/** @import { NodeBackend } from './node.js' */

/** Ports that all systems use for sockets that did not ask for one: where Linux's range and the one of RFC 6335 meet. */
const ANY_PORT = Object.freeze({ first: 49152, last: 60999 });

/** So many ports are tried before the system is asked for one. */
const PORTS_TRIED = 8;

/**
 * A UDP socket.
 * @implements {PlatformDatagrams}
 */
export class NodeDatagrams {
  #backend;
  #socket;
  #ipv6;
  #sink;
  #bound = false;
  #open = false;
  #connected = false;
  /**
   * Its port was asked for by number. Node can connect only what is not connected, and when a socket is disconnected Linux
   * takes back a port that it has chosen itself. So a socket that may have any port gets one of ours.
   */
  #ownPort;

  /**
   * @param {NodeBackend} backend
   * @param {OpenRequest} request
   * @param {DatagramSink} sink
   */
  constructor(backend, request, sink) {
    const { local, remote, name, ipv6, v6Only, receiveBuffer, sendBuffer } = request;
    this.#backend = backend;
    this.#sink = sink;
    // Who shares ports could be given one that is shared.
    let chosen = local.port !== 0 || request.reuseAddress || request.reusePort ? 0 : PORTS_TRIED;
    this.#ownPort = local.port !== 0 || chosen > 0;
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
    // Datagrams mostly come from whom the last one came from.
    let sender = NO_ENDPOINT;
    let senderAddress = '';
    socket.on('message', (bytes, { address, port }) => {
      if (port !== sender.port || address !== senderAddress) {
        sender = backend.endpoint(address, port);
        senderAddress = address;
      }
      sink.datagram(bytes, sender);
    });
    socket.on('close', () => sink.closed());
    const address = local.family === 0 ? anyAddress(this.#ipv6) : backend.address(local, this.#ipv6);
    const bind = () => socket.bind({ address, port: chosen > 0 ? anyPort() : local.port, exclusive: true });
    socket.on('error', (error) => {
      if (this.#bound || chosen === 0 || /** @type {NodeJS.ErrnoException} */ (error).code !== 'EADDRINUSE') {
        sink.failed(backend.errno(error));
        return;
      }
      chosen -= 1;
      this.#ownPort = chosen > 0;
      bind();
    });
    socket.on('listening', () => {
      this.#bound = true;
      if (request.broadcast) socket.setBroadcast(true);
      if (name === '' && remote.family === 0) this.#opened();
      else this.#connect(name || backend.address(remote, this.#ipv6), remote.port);
    });
    bind();
  }

  /**
   * Connects it anew, or to nobody (family 0).
   * @param {Endpoint} remote
   * @returns {number} 0 or an errno
   */
  connect(remote) {
    if (!this.#open) return Errno.EBADF;
    const errno = this.#backend.attempt(() => {
      if (this.#connected) this.#socket.disconnect();
      return 0;
    });
    if (errno) return errno;
    this.#connected = false;
    queueMicrotask(() => {
      if (remote.family === 0) this.#opened();
      else this.#connect(this.#backend.address(remote, this.#ipv6), remote.port);
    });
    return 0;
  }

  #opened() {
    const backend = this.#backend;
    const failure = backend.attempt(() => {
      const here = this.#socket.address();
      const there = this.#connected ? this.#socket.remoteAddress() : undefined;
      this.#open = true;
      this.#sink.opened(backend.endpoint(here.address, here.port), backend.endpoint(there?.address, there?.port));
      return 0;
    });
    // It was closed meanwhile, or has lost its address.
    if (failure) this.#sink.failed(failure);
  }

  /**
   * @param {string} host
   * @param {number} port
   */
  #connect(host, port) {
    // Unlike what its type says, the callback is given an error.
    const connected = (/** @type {unknown[]} */ ...[error]) => {
      if (error) {
        this.#sink.failed(this.#backend.errno(error));
      } else {
        this.#connected = true;
        this.#opened();
      }
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
    try {
      if (to.family === 0) this.#socket.send(bytes, sent);
      else if (this.#connected) return this.#sendAside(bytes, to, sent);
      else this.#socket.send(bytes, to.port, this.#backend.address(to, this.#ipv6), sent);
      return 0;
    } catch (error) {
      return this.#backend.errno(error);
    }
  }

  /**
   * Sends to another than the connected peer, which Linux allows and Node does not: it is connected again before anything
   * can be received, since lookups of addresses answer at once. Only with a port of its own: see `connect`.
   * @param {Uint8Array} bytes
   * @param {Endpoint} to
   * @param {(error: Error | null) => void} sent
   * @returns {number} 0 or an errno
   */
  #sendAside(bytes, to, sent) {
    if (!this.#ownPort) return Errno.EISCONN;
    const socket = this.#socket;
    const { address, port } = socket.remoteAddress();
    socket.disconnect();
    try {
      socket.send(bytes, to.port, this.#backend.address(to, this.#ipv6), sent);
    } finally {
      socket.connect(port, address);
    }
    return 0;
  }

  close() {
    try {
      this.#socket.close();
    } catch {
      // Closed already.
    }
  }

  /**
   * Joins or leaves a multicast group.
   * @param {Endpoint} group
   * @param {Endpoint} device the interface: by its address, or by the number in `scope`; family 0 and no number: any
   * @param {boolean} join
   * @returns {number} 0 or an errno
   */
  membership(group, device, join) {
    if (!this.#open) return Errno.EBADF;
    const where = this.#device(group.family === 6, device);
    if (typeof where === 'number') return where;
    return this.#backend.attempt(() => {
      if (join) this.#socket.addMembership(group.address, where);
      else this.#socket.dropMembership(group.address, where);
      return 0;
    });
  }

  /**
   * An interface as Node wants it.
   * @param {boolean} ipv6
   * @param {Endpoint} device
   * @returns {string | undefined | number} undefined: any, or an errno
   */
  #device(ipv6, { family, address, scope }) {
    if (!ipv6 && family === 4 && address !== anyAddress(false)) return address;
    if (scope === 0) return undefined;
    const name = this.#backend.interfaceName(scope);
    if (name === undefined) return Errno.ENODEV;
    return ipv6 ? `::%${name}` : (this.#backend.ipv4Of(name) ?? Errno.EADDRNOTAVAIL);
  }

  /**
   * @param {number} option
   * @param {number} value
   */
  setOption(option, value) {
    const socket = this.#socket;
    return this.#backend.attempt(() => {
      if (option === HostOption.Broadcast) socket.setBroadcast(value !== 0);
      else if (option === HostOption.Ttl) socket.setTTL(value);
      else if (option === HostOption.MulticastTtl) socket.setMulticastTTL(value);
      else if (option === HostOption.MulticastLoop) socket.setMulticastLoopback(value !== 0);
      else if (option === HostOption.MulticastInterface) return this.#sendFrom(value);
      else if (option === HostOption.ReceiveBuffer) socket.setRecvBufferSize(value);
      else if (option === HostOption.SendBuffer) socket.setSendBufferSize(value);
      else return Errno.ENOPROTOOPT;
      return 0;
    });
  }

  /**
   * @param {number} value an IPv4 address, its first byte the lowest, or the number of an interface
   * @returns {number} 0 or an errno
   */
  #sendFrom(value) {
    if (!this.#ipv6) {
      const bytes = [0, 8, 16, 24].map((shift) => (value >>> shift) & 255);
      this.#socket.setMulticastInterface(bytes.join('.'));
      return 0;
    }
    const name = value === 0 ? '' : this.#backend.interfaceName(value);
    if (name === undefined) return Errno.ENODEV;
    this.#socket.setMulticastInterface(name === '' ? '::' : `::%${name}`);
    return 0;
  }
}

/** A port that a socket may have that asks for none. */
function anyPort() {
  const [random = 0] = crypto.getRandomValues(new Uint16Array(1));
  return ANY_PORT.first + (random % (ANY_PORT.last - ANY_PORT.first + 1));
}
