/**
 * UDP of Direct Sockets. What would break a socket of Chromium's for good is refused before it is sent; one that broke all the
 * same, or that needs an option which only a new one takes, is opened anew on its port.
 */
import { Errno, HostOption, NO_ENDPOINT } from '../interface.js';
import { endpointOf, isAny, localAddress } from './direct.js';

/** @import { DatagramSink, PlatformDatagrams } from './backend.d.ts' */
/** @import { Endpoint, OpenRequest } from '../interface.js' */
/** @import { DirectBackend } from './direct.js' */

/** Most bytes of one datagram. */
const LONGEST = 65_507;

/** Most that `receiveBufferSize` and `sendBufferSize` do. */
const BUFFER_MOST = 131_072;

/** So many datagrams that wait are load. */
const LOAD = 8;

/** So many reads are made together. */
const READ_GROUP = 8;

/** Sets SO_REUSEPORT. */
const SHARING = Object.freeze({ multicastAllowAddressSharing: true });

/** What a socket was opened as. @typedef {{channel: Channel, local: Endpoint, remote: Endpoint}} Opened */

/** A datagram that waits to be sent. @typedef {{bytes: Uint8Array, to: Endpoint, done: (errno: number) => void}} Outgoing */

/** One UDPSocket: receives, and sends one datagram at a time, which is all that Chromium does of one. */
class Channel {
  busy = false;
  #backend;
  #socket;
  #reader;
  #writer;
  /** Reads that have not settled. */
  #reads = 0;
  /** @type {(message: UDPMessage) => void} */
  #deliver = () => {};
  /** @type {() => void} */
  #broken = () => {};

  /**
   * @param {DirectBackend} backend
   * @param {UDPSocket} socket
   * @param {UDPSocketOpenInfo} info
   */
  constructor(backend, socket, info) {
    this.#backend = backend;
    this.#socket = socket;
    this.info = info;
    this.#reader = info.readable.getReader();
    this.#writer = info.writable.getWriter();
    for (const end of [this.#reader.closed, this.#writer.closed, this.#writer.ready]) end.catch(() => {});
  }

  /**
   * Receives until it is closed or breaks.
   * @param {(message: UDPMessage) => void} deliver
   * @param {() => void} broken may be called more than once
   */
  receive(deliver, broken) {
    this.#deliver = deliver;
    this.#broken = broken;
    this.#readGroup();
  }

  /**
   * Whenever a read finds a datagram, or one finds a read, Chromium asks its network process for another: a message between processes
   * each, but one for all reads of a turn together. So the next ones are made in the turn after that of the last datagram, by when
   * others have come that wait there.
   */
  #readGroup = () => {
    this.#reads = READ_GROUP;
    for (let read = 0; read < READ_GROUP; read += 1) this.#reader.read().then(this.#received, this.#broken);
  };

  /** @param {ReadableStreamReadResult<UDPMessage>} result */
  #received = ({ value }) => {
    // At its end there is none.
    if (!value) return;
    this.#deliver(value);
    this.#reads -= 1;
    if (this.#reads === 0) this.#backend.nextTurn(this.#readGroup);
  };

  /** @param {UDPMessage} message */
  send(message) {
    return this.#writer.write(message);
  }

  async close() {
    this.#reader.releaseLock();
    this.#writer.releaseLock();
    // One that has broken is closed already.
    await this.#socket.close().catch(() => {});
  }
}

/**
 * A UDP socket. Under load its datagrams are spread over further sockets of the platform that share its port. What comes is spread
 * over them, too, so all are read. One of Chromium's that is connected does not share: to the platform such a socket is bound
 * where it was connected, and the runtime, which is told each sender, leaves out those that are not its peer.
 * @implements {PlatformDatagrams}
 */
export class DirectDatagrams {
  #backend;
  #sink;
  #request;
  /** What the platform's first socket is opened with. @type {UDPSocketOptions} */
  #options;
  /** The first is the one that is joined to groups, or connected. @type {Channel[]} */
  #channels = [];
  /** @type {Outgoing[]} */
  #queue = [];
  /** What waits is looked at when this turn ends. */
  #pumping = false;
  /** Of the datagram that came last: mostly the next one's, too. */
  #sender = NO_ENDPOINT;
  /** Groups that it has joined. @type {Set<string>} */
  #groups = new Set();
  #connected;
  /** Where datagrams without a destination go, if the platform's socket is not connected. @type {Endpoint | undefined} */
  #peer;
  /** The first was opened so that others can have its port. */
  #shares = false;
  #spreading = false;
  #reopening = false;
  /** Options have changed since the last reopening began. */
  #stale = false;
  #closing = false;
  /** What sends to IPv6 for a socket that knows only IPv4: a placeholder may stand for such an address. @type {DirectDatagrams | undefined} */
  #ipv6;

  /**
   * @param {DirectBackend} backend
   * @param {OpenRequest} request
   * @param {DatagramSink} sink
   */
  constructor(backend, request, sink) {
    this.#backend = backend;
    this.#sink = sink;
    this.#request = request;
    this.#connected = request.remote.family !== 0 || request.name !== '';
    this.#options = udpOptions(request, this.#connected);
    this.#open();
  }

  async #open() {
    try {
      const { channel, local, remote } = await this.#openFirst();
      this.#use(0, channel);
      if (this.#closing) this.#end();
      else this.#sink.opened(local, remote);
      this.#pump();
    } catch (error) {
      if (this.#closing) this.#sink.closed();
      else this.#sink.failed(this.#backend.errno(error, this.#connected ? 'peer' : 'bind'));
    }
  }

  /** @returns {Promise<Opened>} */
  #openFirst() {
    const { reuseAddress, reusePort } = this.#request;
    const original = this.#options;
    // The platform chooses the port of one that is connected.
    if (this.#connected) return this.#openAt(original, false);
    return this.#backend.openPort(() => this.#openAt(original, reuseAddress || reusePort));
  }

  /**
   * One that is to share its port is opened twice: sharing, it would be given a port that others have, too, and would not be told.
   * @param {UDPSocketOptions} original
   * @param {boolean} share the program asked for it
   * @returns {Promise<Opened>}
   */
  async #openAt(original, share) {
    this.#shares = share;
    const first = await this.#openChannel({ ...original, ...(share && SHARING) });
    const { localAddress: address, localPort, remoteAddress, remotePort } = first.info;
    const opened = { local: endpointOf(address, localPort), remote: endpointOf(remoteAddress, remotePort) };
    this.#options = this.#connected ? original : { ...original, localPort };
    if (share || this.#backend.stripes < 2) return { channel: first, ...opened };
    await first.close();
    const { remoteAddress: _, remotePort: __, ...unconnected } = original;
    const bound = { ...unconnected, localAddress: address, localPort };
    try {
      const channel = await this.#openChannel({ ...bound, ...SHARING });
      this.#shares = true;
      this.#options = bound;
      if (this.#connected) this.#peer = opened.remote;
      return { channel, ...opened };
    } catch {
      // The app lacks the policy for multicast, which sharing is a part of, or the permission for bound sockets.
      const channel = await this.#openChannel(this.#options);
      return { channel, ...opened, local: endpointOf(address, channel.info.localPort) };
    }
  }

  /** @param {UDPSocketOptions} options */
  async #openChannel(options) {
    const { socket, info } = await this.#backend.open(() => new UDPSocket(options));
    return new Channel(this.#backend, socket, info);
  }

  /**
   * @param {number} place
   * @param {Channel} channel
   */
  #use(place, channel) {
    this.#channels[place] = channel;
    channel.receive(
      (message) => this.#received(message),
      () => this.#broke(channel),
    );
  }

  /** @param {UDPMessage} message */
  #received({ data, remoteAddress, remotePort }) {
    if (this.#closing) return;
    const { address, port } = this.#sender;
    if (address !== remoteAddress || port !== remotePort) this.#sender = endpointOf(remoteAddress, remotePort);
    this.#sink.datagram(data, this.#sender);
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
    if (to.family === 6 && !this.#request.ipv6 && !this.#connected && !this.#options.localAddress?.includes(':')) {
      return this.#overIpv6().send(bytes, to, done);
    }
    this.#queue.push({ bytes, to, done });
    if (!this.#pumping) {
      this.#pumping = true;
      this.#backend.endOfTurn(this.#pumpTurn);
    }
    return 0;
  }

  #overIpv6() {
    const failed = () => {};
    /** @type {DatagramSink} */
    const sink = {
      opened() {},
      failed,
      closed() {},
      datagram: (bytes, sender) => this.#sink.datagram(bytes, sender),
    };
    const request = { ...this.#request, local: NO_ENDPOINT, ipv6: true, v6Only: true };
    this.#ipv6 ??= new DirectDatagrams(this.#backend, request, sink);
    return this.#ipv6;
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

  #pumpTurn = () => {
    this.#pumping = false;
    this.#pump();
  };

  /**
   * Sends what waits, as far as there are idle sockets. If more waits than that, half of them are let become idle first: datagrams that
   * are sent one after the other in one go cost a fifth less each than one whenever a socket is idle.
   */
  #pump() {
    if (this.#reopening || this.#queue.length === 0) return;
    const idle = this.#channels.filter((channel) => !channel.busy);
    if (this.#queue.length <= idle.length || idle.length >= this.#channels.length / 2) {
      for (const channel of idle) {
        const next = this.#queue.shift();
        if (!next) return;
        this.#transmit(channel, next);
      }
    }
    if (this.#queue.length >= LOAD) this.#spread();
  }

  /**
   * @param {Channel} channel
   * @param {Outgoing} outgoing
   */
  #transmit(channel, { bytes, to, done }) {
    const { family, address, port } = to.family === 0 ? (this.#peer ?? to) : to;
    channel.busy = true;
    channel.send(family === 0 ? { data: bytes } : { data: bytes, remoteAddress: address, remotePort: port }).then(
      () => {
        channel.busy = false;
        done(0);
        this.#pump();
      },
      (error) => {
        // It stays busy for good: its writable is dead.
        done(this.#backend.errno(error, 'transfer'));
        this.#broke(channel);
      },
    );
  }

  /** Adds a socket on the same port. */
  async #spread() {
    const first = this.#channels[0];
    const full = this.#channels.length >= this.#backend.stripes || !this.#shares;
    if (!first || full || this.#spreading || this.#groups.size > 0) return;
    this.#spreading = true;
    try {
      const channel = await this.#openChannel({ ...this.#options, ...SHARING });
      if (this.#closing) channel.close();
      else this.#use(this.#channels.length, channel);
    } catch {
      this.#shares = false;
    }
    this.#spreading = false;
    this.#pump();
  }

  /** What multicast brings would come to each of them. */
  #gather() {
    for (const channel of this.#channels.splice(1)) channel.close();
  }

  /** @param {Channel} channel */
  #broke(channel) {
    const place = this.#channels.indexOf(channel);
    if (place < 0 || this.#closing) return;
    if (place === 0) {
      this.#reopen();
    } else {
      this.#channels.splice(place, 1);
      channel.close();
      this.#pump();
    }
  }

  /** Opens the first socket anew, with the options as they are now and on the port that it has. */
  async #reopen() {
    this.#stale = true;
    if (this.#reopening) return;
    this.#reopening = true;
    // More options may follow in this turn.
    await undefined;
    try {
      while (this.#stale && !this.#closing) {
        this.#stale = false;
        this.#gather();
        await this.#channels.shift()?.close();
        const sharing = this.#shares ? SHARING : {};
        this.#use(0, await this.#openChannel({ ...this.#options, ...sharing }));
        for (const group of this.#groups) this.#join(group);
      }
    } catch (error) {
      this.#shares = false;
      const errno = this.#backend.errno(error, this.#connected ? 'peer' : 'bind');
      for (const { done } of this.#queue.splice(0)) done(errno);
      if (!this.#closing) this.#sink.failed(errno);
    }
    this.#reopening = false;
    if (this.#closing) this.#end();
    else this.#pump();
  }

  close() {
    if (this.#closing) return;
    this.#closing = true;
    this.#ipv6?.close();
    // While it opens, the end of that closes it.
    if (this.#channels.length > 0 && !this.#reopening) this.#end();
    else queueMicrotask(() => this.#sink.closed());
  }

  async #end() {
    await Promise.all(this.#channels.splice(0).map((channel) => channel.close()));
    this.#sink.closed();
  }

  /** It is opened for one peer, and never bound and connected both. */
  connect() {
    return Errno.EOPNOTSUPP;
  }

  /**
   * @param {Endpoint} group
   * @param {Endpoint} device
   * @param {boolean} join
   * @returns {number} 0 or an errno
   */
  membership(group, device, join) {
    const controller = this.#channels[0]?.info.multicastController;
    if (!controller && !this.#reopening) {
      this.#backend.warnOnce(
        'multicast',
        'no multicast: the manifest of the app needs "direct-sockets-multicast" in permissions_policy, and the socket must not be connected',
      );
      return Errno.EACCES;
    }
    if (device.scope !== 0 || !isAny(device)) {
      this.#backend.warnOnce('multicast interface', 'the interface for multicast cannot be chosen here: ENODEV');
      return Errno.ENODEV;
    }
    this.#gather();
    if (join) {
      this.#groups.add(group.address);
      // One that is being opened anew joins all of them.
      if (!this.#reopening) this.#join(group.address);
    } else {
      this.#groups.delete(group.address);
      controller?.leaveGroup(group.address).catch(() => {});
    }
    return 0;
  }

  /** @param {string} group */
  #join(group) {
    this.#channels[0]?.info.multicastController?.joinGroup(group).catch((error) => {
      this.#groups.delete(group);
      if (!this.#closing) this.#sink.failed(this.#backend.errno(error, 'transfer'));
    });
  }

  /**
   * @param {number} option
   * @param {number} value
   */
  setOption(option, value) {
    const changed = changedOption(option, value);
    if (!changed) {
      if (option === HostOption.Broadcast && value === 0) return 0;
      this.#backend.warnOnce(
        `option ${option}`,
        `${OPTION_NAMES[option] ?? option} has no equivalent here: ENOPROTOOPT`,
      );
      return Errno.ENOPROTOOPT;
    }
    const before = JSON.stringify(this.#options);
    this.#options = { ...this.#options, ...changed };
    if (JSON.stringify(this.#options) !== before) this.#reopen();
    return 0;
  }
}

/**
 * What an option is to a socket that is opened with it.
 * @param {number} option
 * @param {number} value
 * @returns {UDPSocketOptions | undefined}
 */
function changedOption(option, value) {
  if (option === HostOption.MulticastTtl) return { multicastTimeToLive: value };
  if (option === HostOption.MulticastLoop) return { multicastLoopback: value !== 0 };
  if (option === HostOption.ReceiveBuffer) return { receiveBufferSize: Math.min(value, BUFFER_MOST) };
  if (option === HostOption.SendBuffer) return { sendBufferSize: Math.min(value, BUFFER_MOST) };
  if (option === HostOption.MulticastInterface && value === 0) return {};
  return undefined;
}

/** @type {Readonly<Record<number, string>>} */
const OPTION_NAMES = Object.freeze({
  [HostOption.Broadcast]: 'SO_BROADCAST',
  [HostOption.Ttl]: 'IP_TTL',
  [HostOption.MulticastInterface]: 'IP_MULTICAST_IF',
});

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
