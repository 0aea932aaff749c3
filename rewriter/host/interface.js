/**
 * The words that the host script shares with the runtime: numbers of commands, options and flags, errno
 * values, and how an endpoint and a request lie in the runtime's memory. `interface.rs` is where they are
 * defined; a Rust test compares the names and numbers here with it. Nothing is decided in this file.
 */

/** What the runtime asks for; `Command` of interface.rs. */
export const Command = Object.freeze({
  TcpConnect: 1,
  TcpListen: 2,
  UdpOpen: 3,
  Send: 4,
  SendDatagram: 5,
  Shutdown: 6,
  Close: 7,
  Resume: 8,
  Resolve: 9,
  SetOption: 10,
  Wake: 11,
  TcpBind: 12,
  Membership: 13,
  CallBack: 14,
  Trace: 15,
  UdpConnect: 16,
  Stay: 17,
  Input: 19,
});

/** Options of an open socket; `HostOption` of interface.rs. */
export const HostOption = Object.freeze({
  NoDelay: 1,
  KeepAlive: 2,
  Broadcast: 3,
  Ttl: 4,
  MulticastTtl: 5,
  MulticastLoop: 6,
  MulticastInterface: 7,
  ReceiveBuffer: 8,
  SendBuffer: 9,
});

/** How a socket is closed: `a` of `Command.Close`. */
export const Closing = Object.freeze({ Deliver: 0, Abort: 1, Reset: 2 });

/** Bits of a request's flags; `open_flags` of interface.rs. */
export const OpenFlag = Object.freeze({
  NO_DELAY: 1,
  V6_ONLY: 2,
  REUSE_ADDRESS: 4,
  REUSE_PORT: 8,
  BROADCAST: 16,
  IPV6: 32,
});

/** The errno values of musl for wasm that the host itself answers. */
export const Errno = Object.freeze({
  EACCES: 2,
  EADDRINUSE: 3,
  EADDRNOTAVAIL: 4,
  EAFNOSUPPORT: 5,
  EAGAIN: 6,
  EALREADY: 7,
  EBADF: 8,
  EBUSY: 10,
  ECANCELED: 11,
  ECONNABORTED: 13,
  ECONNREFUSED: 14,
  ECONNRESET: 15,
  EDESTADDRREQ: 17,
  EHOSTUNREACH: 23,
  EINVAL: 28,
  EIO: 29,
  EISCONN: 30,
  EMFILE: 33,
  EMSGSIZE: 35,
  ENETDOWN: 38,
  ENETUNREACH: 40,
  ENFILE: 41,
  ENOBUFS: 42,
  ENODEV: 43,
  ENOENT: 44,
  ENOMEM: 48,
  ENOPROTOOPT: 50,
  ENOSYS: 52,
  ENOTCONN: 53,
  EPERM: 63,
  EPIPE: 64,
  EPROTO: 65,
  EPROTONOSUPPORT: 66,
  ETIMEDOUT: 73,
  EOPNOTSUPP: 138,
  EHOSTDOWN: 142,
});

/** Module name of the imports that the host script provides. */
export const HOST_MODULE = 'direct_sockets';

/** What the names of all exports that a rewrite adds start with. */
export const EXPORT_PREFIX = 'direct_sockets.';

/** Size of an endpoint in the runtime's memory. */
export const ENDPOINT_SIZE = 24;

/**
 * An address and a port. `family` 0 is no endpoint; `address` is text without brackets and without a zone.
 * @typedef {{family: 0 | 4 | 6, address: string, port: number, scope: number}} Endpoint
 */

/**
 * What a socket is opened with.
 * @typedef {{
 *   local: Endpoint, remote: Endpoint, name: string,
 *   noDelay: boolean, v6Only: boolean, reuseAddress: boolean, reusePort: boolean, broadcast: boolean, ipv6: boolean,
 *   keepAlive: number, receiveBuffer: number, sendBuffer: number,
 * }} OpenRequest
 */

/** The endpoint that is none. @type {Endpoint} */
export const NO_ENDPOINT = Object.freeze({ family: 0, address: '', port: 0, scope: 0 });

/**
 * The runtime's memory. Its views are made anew when it has grown.
 */
export class RuntimeMemory {
  /** @type {WebAssembly.Memory} */
  #memory;
  /** @type {Uint8Array<ArrayBuffer>} */
  #bytes;
  /** @type {DataView<ArrayBuffer>} */
  #view;
  /** @type {Uint8Array<ArrayBuffer>} */
  #part;
  /** The address written last: datagrams mostly come from one peer. */
  #lastText = '';
  /** @type {Uint8Array | undefined} */
  #lastBytes;
  /** The endpoint read last, and what it was read from. */
  #lastRead = NO_ENDPOINT;
  #lastWords = new Uint32Array(ENDPOINT_SIZE / 4);

  /** @param {WebAssembly.Memory} memory */
  constructor(memory) {
    this.#memory = memory;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
    this.#part = this.#bytes;
  }

  /** All of it as bytes; valid until the next call into wasm. */
  get bytes() {
    // A memory that has grown has left its old buffer empty. Asking for the buffer itself takes ten times as long.
    if (this.#bytes.length === 0) {
      const { buffer } = this.#memory;
      this.#bytes = new Uint8Array(buffer);
      this.#view = new DataView(buffer);
    }
    return this.#bytes;
  }

  /**
   * A part of it, likewise. Datagrams to send mostly lie at one place and have one size.
   * @param {number} address
   * @param {number} length
   */
  part(address, length) {
    const part = this.#part;
    // Of a memory that has grown, nothing is left.
    if (part.byteOffset === address && part.length === length && length > 0) return part;
    this.#part = this.bytes.subarray(address, address + length);
    return this.#part;
  }

  /** All of it for reading numbers; valid until the next call into wasm. */
  get view() {
    return this.bytes && this.#view;
  }

  /**
   * @param {number} address
   * @returns {number}
   */
  u32(address) {
    return this.view.getUint32(address, true);
  }

  /**
   * A copy.
   * @param {number} address
   * @param {number} length
   */
  copy(address, length) {
    return this.bytes.slice(address, address + length);
  }

  /**
   * UTF-8 text.
   * @param {number} address
   * @param {number} length
   */
  text(address, length) {
    return new TextDecoder().decode(this.copy(address, length));
  }

  /**
   * The same object as the last time, if it is the same: a text that a browser has seen costs it less than a new one.
   * @param {number} at address of an `Endpoint`
   * @returns {Endpoint}
   */
  readEndpoint(at) {
    const { view } = this;
    // What every datagram to a connected peer has.
    if (view.getUint32(at, true) === 0) return NO_ENDPOINT;
    const words = this.#lastWords;
    let same = true;
    for (let i = 0; i < words.length; i += 1) {
      const word = view.getUint32(at + 4 * i, true);
      if (words[i] === word) continue;
      words[i] = word;
      same = false;
    }
    if (!same) this.#lastRead = this.#parseEndpoint(at);
    return this.#lastRead;
  }

  /**
   * @param {number} at
   * @returns {Endpoint}
   */
  #parseEndpoint(at) {
    const { view } = this;
    const family = view.getUint16(at, true);
    const port = view.getUint16(at + 2, true);
    if (family === 4) {
      const address = `${view.getUint8(at + 8)}.${view.getUint8(at + 9)}.${view.getUint8(at + 10)}.${view.getUint8(at + 11)}`;
      return Object.freeze({ family, address, port, scope: 0 });
    }
    if (family === 6) {
      const groups = [];
      for (let i = 0; i < 16; i += 2) groups.push(view.getUint16(at + 8 + i, false).toString(16));
      return Object.freeze({ family, address: groups.join(':'), port, scope: view.getUint32(at + 4, true) });
    }
    // With a name instead of an address, the port still counts.
    return Object.freeze({ family: 0, address: '', port, scope: 0 });
  }

  /**
   * @param {number} at where the `Endpoint` is written
   * @param {Endpoint} endpoint
   */
  writeEndpoint(at, endpoint) {
    const { bytes, view } = this;
    bytes.fill(0, at, at + ENDPOINT_SIZE);
    if (this.#lastText !== endpoint.address) {
      this.#lastText = endpoint.address;
      this.#lastBytes = parseAddress(endpoint.address);
    }
    const address = this.#lastBytes;
    if (!address) return;
    view.setUint16(at, address.length === 4 ? 4 : 6, true);
    view.setUint16(at + 2, endpoint.port, true);
    view.setUint32(at + 4, endpoint.scope, true);
    bytes.set(address, at + 8);
  }

  /**
   * @param {number} at address of a `CallbackRequest`
   */
  readCallback(at) {
    const { view } = this;
    return {
      userData: view.getBigUint64(at, true),
      message: view.getBigUint64(at + 8, true),
      fd: view.getInt32(at + 16, true),
      errno: view.getInt32(at + 20, true),
    };
  }

  /**
   * @param {number} at address of an `OpenRequest`
   * @returns {OpenRequest}
   */
  readRequest(at) {
    const { view } = this;
    const name = view.getUint32(at + 48, true);
    const flags = view.getUint32(at + 56, true);
    return {
      local: this.readEndpoint(at),
      remote: this.readEndpoint(at + ENDPOINT_SIZE),
      name: name ? this.text(name, view.getUint32(at + 52, true)) : '',
      noDelay: (flags & OpenFlag.NO_DELAY) !== 0,
      v6Only: (flags & OpenFlag.V6_ONLY) !== 0,
      reuseAddress: (flags & OpenFlag.REUSE_ADDRESS) !== 0,
      reusePort: (flags & OpenFlag.REUSE_PORT) !== 0,
      broadcast: (flags & OpenFlag.BROADCAST) !== 0,
      ipv6: (flags & OpenFlag.IPV6) !== 0,
      keepAlive: view.getUint32(at + 60, true),
      receiveBuffer: view.getUint32(at + 64, true),
      sendBuffer: view.getUint32(at + 68, true),
    };
  }
}

/**
 * The bytes of an address in network order: 4, 16, or none if it is not one.
 * @param {string} text
 * @returns {Uint8Array | undefined}
 */
export function parseAddress(text) {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/**
 * @param {string} text
 * @returns {Uint8Array | undefined}
 */
function parseIpv4(text) {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined;
  return Uint8Array.from(parts, Number);
}

/**
 * @param {string} text
 * @returns {Uint8Array | undefined}
 */
function parseIpv6(text) {
  const zone = text.indexOf('%');
  let groups = zone < 0 ? text : text.slice(0, zone);
  const tail = groups.lastIndexOf(':') + 1;
  if (groups.includes('.', tail)) {
    const ipv4 = parseIpv4(groups.slice(tail));
    if (!ipv4) return undefined;
    const [a = 0, b = 0, c = 0, d = 0] = ipv4;
    groups = `${groups.slice(0, tail)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const halves = groups.split('::');
  if (halves.length > 2) return undefined;
  const [head = [], rest = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - rest.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const bytes = new Uint8Array(16);
  for (const [index, group] of [...head, ...Array(missing).fill('0'), ...rest].entries()) {
    if (!/^[\da-f]{1,4}$/i.test(group)) return undefined;
    const value = Number.parseInt(group, 16);
    bytes[2 * index] = value >> 8;
    bytes[2 * index + 1] = value & 255;
  }
  return bytes;
}
