/**
 * What an exception of Direct Sockets is as an errno. Chromium tells few causes apart (seen in 156): most failures to open are
 * `NetworkError` "Network Error.", and only what was tried, and how long it took, says more. What is chosen stands in this table.
 */
import { Errno } from '../interface.js';

/**
 * What was tried; `bind` is a listening socket and a UDP socket without a peer, `peer` one with.
 * @typedef {'connect' | 'bind' | 'peer' | 'name' | 'transfer'} Attempt
 */

/** @typedef {{errno: number, advice?: string}} Verdict an errno, and what the one who can change it should know */

/** Nobody has answered for so long: nobody is there. */
const ARP_MS = 2500;
const SYN_MS = 20_000;

/** A resolver that takes so long was not reached; one that knows no such name says so. */
const RESOLVER_MS = 10_000;

/**
 * Chromium's network errors, which open streams fail with, to errno.
 * @type {Readonly<Record<string, number>>}
 */
const NET_ERRNO = Object.freeze({
  ERR_ACCESS_DENIED: Errno.EACCES,
  ERR_ADDRESS_INVALID: Errno.EADDRNOTAVAIL,
  ERR_ADDRESS_IN_USE: Errno.EADDRINUSE,
  ERR_ADDRESS_UNREACHABLE: Errno.EHOSTUNREACH,
  ERR_CONNECTION_ABORTED: Errno.ECONNABORTED,
  ERR_CONNECTION_CLOSED: Errno.ECONNRESET,
  ERR_CONNECTION_REFUSED: Errno.ECONNREFUSED,
  ERR_CONNECTION_RESET: Errno.ECONNRESET,
  ERR_CONNECTION_TIMED_OUT: Errno.ETIMEDOUT,
  ERR_INSUFFICIENT_RESOURCES: Errno.ENOBUFS,
  ERR_INTERNET_DISCONNECTED: Errno.ENETUNREACH,
  ERR_INVALID_ARGUMENT: Errno.EINVAL,
  ERR_MSG_TOO_BIG: Errno.EMSGSIZE,
  ERR_NAME_NOT_RESOLVED: Errno.EHOSTUNREACH,
  ERR_NETWORK_ACCESS_DENIED: Errno.EACCES,
  ERR_NETWORK_CHANGED: Errno.ENETDOWN,
  ERR_OUT_OF_MEMORY: Errno.ENOMEM,
  ERR_TIMED_OUT: Errno.ETIMEDOUT,
});

/** What can fail, in the order in which it is looked for: the exception's name and how its message begins. */
const TABLE = Object.freeze([
  {
    name: 'NetworkError',
    message: 'Stream aborted by the remote',
    verdict: (/** @type {string} */ text) => ({
      errno: NET_ERRNO[/net::(\w+)/.exec(text)?.[1] ?? ''] ?? Errno.ECONNRESET,
    }),
  },
  { name: 'NetworkError', message: "Hostname couldn't be resolved", verdict: unresolved },
  { name: 'NetworkError', message: '', verdict: unopened },
  // netfilter's answer to who may not.
  { name: 'InvalidAccessError', message: 'Firewall', verdict: () => ({ errno: Errno.EPERM }) },
  {
    name: 'InvalidAccessError',
    message: 'Access to the requested host or port',
    verdict: () => ({
      errno: Errno.EACCES,
      advice:
        'this port is closed to apps: TCP servers have those from 32768 on, UDP those from 1024 on. ' +
        '`-s DIRECT_SOCKETS_PORT_MAP=80:40080` gives a program that wants port 80 another',
    }),
  },
  {
    name: 'InvalidAccessError',
    message: 'Access to local network',
    verdict: () => ({
      errno: Errno.EACCES,
      advice:
        'the app may not reach this machine or its local network: its manifest needs "loopback-network" and "local-network" ' +
        'in permissions_policy, and its user has to grant the permissions of these names',
    }),
  },
  // bind to an address that is not this machine's
  { name: 'DataError', message: '', verdict: () => ({ errno: Errno.EADDRNOTAVAIL }) },
  {
    name: 'NotAllowedError',
    message: '',
    verdict: () => ({
      errno: Errno.ENETDOWN,
      advice:
        'no network: the manifest of the app needs "direct-sockets" (and for multicast "direct-sockets-multicast") and ' +
        '"cross-origin-isolated" in permissions_policy',
    }),
  },
  // Arguments that the platform does not take.
  { name: 'TypeError', message: '', verdict: () => ({ errno: Errno.EINVAL }) },
]);

/**
 * @param {unknown} error
 * @param {Attempt} attempt
 * @param {number} [elapsed] milliseconds that it took
 * @returns {Verdict | undefined} nothing for an exception that is not in the table
 */
export function judge(error, attempt, elapsed = 0) {
  const { name, message } = /** @type {{name?: unknown, message?: unknown}} */ (error ?? {});
  const row = TABLE.find((entry) => entry.name === name && String(message).startsWith(entry.message));
  return row?.verdict(String(message), attempt, elapsed);
}

/**
 * No such name, no answer, or a name server that fails: Chromium says the same of all three.
 * @param {string} _text
 * @param {Attempt} attempt
 * @param {number} elapsed
 * @returns {Verdict}
 */
function unresolved(_text, attempt, elapsed) {
  if (attempt !== 'name') return { errno: Errno.EHOSTUNREACH };
  return { errno: elapsed > RESOLVER_MS ? Errno.EAGAIN : Errno.ENOENT };
}

/**
 * "Network Error.": refused, unreachable, timed out, the address in use, no descriptors left. A connect that fails at once was
 * refused (or has no route, which is rarer); one that fails after the kernel has looked for the neighbour for 3 s has found
 * nobody; after that it is the time-out of SYN. Binding fails because the address is in use, connecting a UDP socket because no
 * route leads to the peer.
 * @param {string} _text
 * @param {Attempt} attempt
 * @param {number} elapsed
 * @returns {Verdict}
 */
function unopened(_text, attempt, elapsed) {
  if (attempt === 'transfer') return { errno: Errno.ECONNRESET };
  if (attempt === 'name') return { errno: Errno.EAGAIN };
  if (attempt === 'bind') return { errno: Errno.EADDRINUSE };
  if (attempt === 'peer') return { errno: Errno.ENETUNREACH };
  if (elapsed < ARP_MS) return { errno: Errno.ECONNREFUSED };
  return { errno: elapsed < SYN_MS ? Errno.EHOSTUNREACH : Errno.ETIMEDOUT };
}
