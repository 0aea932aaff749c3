/** Direct Sockets (https://wicg.github.io/direct-sockets/), as far as the type checker's libraries lack them. */
interface DirectSocketOptions {
  sendBufferSize?: number;
  receiveBufferSize?: number;
  dnsQueryType?: 'ipv4' | 'ipv6';
}

interface TCPSocketOpenInfo {
  readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  writable: WritableStream<Uint8Array>;
  remoteAddress: string;
  remotePort: number;
  /** Not of accepted sockets. */
  localAddress?: string;
  localPort?: number;
}

declare var TCPSocket: typeof TCPSocketClass;
type TCPSocket = TCPSocketClass;
declare class TCPSocketClass {
  constructor(
    remoteAddress: string,
    remotePort: number,
    options?: DirectSocketOptions & { noDelay?: boolean; keepAliveDelay?: number },
  );
  readonly opened: Promise<TCPSocketOpenInfo>;
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

declare var TCPServerSocket: typeof TCPServerSocketClass;
type TCPServerSocket = TCPServerSocketClass;
declare class TCPServerSocketClass {
  constructor(localAddress: string, options?: { localPort?: number; backlog?: number; ipv6Only?: boolean });
  readonly opened: Promise<{ readable: ReadableStream<TCPSocket>; localAddress: string; localPort: number }>;
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

interface UDPMessage {
  data: Uint8Array;
  remoteAddress?: string;
  remotePort?: number;
}

interface MulticastController {
  joinGroup(address: string): Promise<void>;
  leaveGroup(address: string): Promise<void>;
}

interface UDPSocketOpenInfo {
  readable: ReadableStream<UDPMessage>;
  writable: WritableStream<UDPMessage>;
  localAddress: string;
  localPort: number;
  remoteAddress?: string;
  remotePort?: number;
  multicastController?: MulticastController;
}

interface UDPSocketOptions extends DirectSocketOptions {
  localAddress?: string;
  localPort?: number;
  remoteAddress?: string;
  remotePort?: number;
  ipv6Only?: boolean;
  multicastAllowAddressSharing?: boolean;
  multicastTimeToLive?: number;
  multicastLoopback?: boolean;
}

declare var UDPSocket: typeof UDPSocketClass;
type UDPSocket = UDPSocketClass;
declare class UDPSocketClass {
  constructor(options: UDPSocketOptions);
  readonly opened: Promise<UDPSocketOpenInfo>;
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

interface Document {
  /** Chromium's. */
  readonly featurePolicy?: { allowsFeature(name: string): boolean };
}
