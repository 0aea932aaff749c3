/**
 * What a platform's backend is to the bridge. `direct.js` and `node.js` have this same shape.
 *
 * A backend knows sockets and nothing of the runtime: it gets plain values and calls the methods of a sink. It calls
 * none of them before the function that was given the sink has returned. Errors are errno values of musl for wasm.
 * A function that opens a socket and fails at once answers the errno in its place.
 */
import type { Endpoint, OpenRequest } from '../interface.js';
import type { EventLoop } from '../tickets.js';

/** Sockets of one platform. */
export interface Backend extends EventLoop {
  /** Its name, for messages. */
  readonly name: string;
  /**
   * Gives a TCP socket a local endpoint; the sink hears `opened` with it, or `failed`. Until `listen` goes on with it, who
   * connects is refused: a platform that can't bind without listening listens, and resets what comes.
   */
  bind(request: OpenRequest, sink: SocketSink): PlatformBound | number;
  /**
   * Connects; the sink hears `opened` or `failed`. What was bound is used up, also by a failure, and its sink hears no more;
   * an errno in place of a connection then does not come.
   */
  connect(request: OpenRequest, sink: StreamSink, bound?: PlatformBound): PlatformStream | number;
  /** Listens, likewise; the sink hears `opened` or `failed`, then `accepted`. */
  listen(request: OpenRequest, backlog: number, sink: ListenerSink, bound?: PlatformBound): PlatformListener | number;
  /** Opens a UDP socket, bound, or connected if there is a remote endpoint; the sink hears `opened` or `failed`. */
  openUdp(request: OpenRequest, sink: DatagramSink): PlatformDatagrams | number;
  /** Whether there is a network interface of an address, or of the number in `scope`; true if that can't be told. */
  hasInterface?(device: Endpoint): boolean;
  /** Resolves a host name, in the order of the platform; calls back once, later. */
  resolve(name: string, answer: (errno: number, addresses: Endpoint[]) => void): void;
}

/** What every sink hears. */
export interface SocketSink {
  /** It is open. */
  opened(local: Endpoint, remote: Endpoint): void;
  /** It could not be opened, or it broke. A UDP socket that is open stays usable. */
  failed(errno: number): void;
  /** The platform is done with it: nothing is called after this. */
  closed(): void;
}

/** What the bridge hears of a TCP connection. */
export interface StreamSink extends SocketSink {
  /**
   * Received bytes, valid during the call only. False: stop reading until `resume`; what the platform cannot hold
   * back it may still deliver.
   */
  data(bytes: Uint8Array): boolean;
  /** The peer's FIN, after all data. */
  ended(): void;
}

/** What the bridge hears of a listening socket. */
export interface ListenerSink extends SocketSink {
  /** A connection that is not being read yet. */
  accepted(connection: AcceptedConnection): void;
}

/** A connection between the peer's connect and the program's. */
export interface AcceptedConnection {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Takes it: reading starts. Its `opened` is not called. */
  take(sink: StreamSink): PlatformStream;
  /** Resets it. */
  refuse(): void;
}

/** What the bridge hears of a UDP socket. */
export interface DatagramSink extends SocketSink {
  /** A datagram, valid during the call only; the sender is left out by a connected socket whose platform does not tell. */
  datagram(bytes: Uint8Array, sender: Endpoint): void;
}

/** Any open or opening socket. */
export interface PlatformSocket {
  /** Closes it, after what was written has been delivered; then the sink's `closed`. */
  close(): void;
  /** Sets a `HostOption`; answers 0 or an errno. */
  setOption(option: number, value: number): number;
}

/** A TCP connection. */
export interface PlatformStream extends PlatformSocket {
  /** Writes; `done` when the platform needs their memory no more: it has taken the bytes, or (false) it has failed. */
  write(bytes: Uint8Array, done: (taken: boolean) => void): void;
  /** The writes from here to `uncork` are better handed over as one, where the platform does not see to that by itself. */
  cork?(): void;
  uncork?(): void;
  /** Sends FIN after what was written; where there is no half-close, FIN goes out with `close`. */
  end(): void;
  /** Goes on reading after `data` answered false. */
  resume(): void;
  /** Reads no more: the program has closed its end. */
  ignoreInput(): void;
  /** Drops what is queued and resets; then the sink's `closed`. */
  abort(): void;
}

/** A TCP socket with a local endpoint that neither listens nor connects yet; see `Backend.bind`. */
export interface PlatformBound extends PlatformSocket {}

/** A listening socket. */
export interface PlatformListener extends PlatformSocket {}

/** A UDP socket. */
export interface PlatformDatagrams extends PlatformSocket {
  /** Sends one datagram, to the connected peer if `to` has family 0; `done` gets 0 or an errno. Or answers an errno at once. */
  send(bytes: Uint8Array, to: Endpoint, done: (errno: number) => void): number;
  /**
   * Connects to another peer, or to none (family 0): the sink hears `opened` once more, or `failed`, after which it is open
   * without a peer. Answers 0 or an errno; EOPNOTSUPP where it can't.
   */
  connect(remote: Endpoint): number;
  /**
   * Joins or leaves a multicast group; answers 0 or an errno. `device` is the interface: its address, or its number as
   * `scope`, or any.
   */
  membership(group: Endpoint, device: Endpoint, join: boolean): number;
}
