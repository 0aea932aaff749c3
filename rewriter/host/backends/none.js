/**
 * Where there are no sockets: every attempt to open one is answered with ENETDOWN. Also the event loop of browsers.
 */
import { Errno } from '../interface.js';

/** @import { Backend } from './backend.d.ts' */
/** @import { EventLoop } from '../tickets.js' */

/**
 * @param {() => void} complain called at each attempt
 * @returns {Backend}
 */
export function createNoBackend(complain) {
  const refuse = () => {
    complain();
    return Errno.ENETDOWN;
  };
  return {
    name: 'none',
    ...browserLoop(),
    bind: refuse,
    connect: refuse,
    listen: refuse,
    openUdp: refuse,
    resolve(_name, answer) {
      const errno = refuse();
      queueMicrotask(() => answer(errno, []));
    },
  };
}

/**
 * Pages and workers live until they are closed, so nothing has to be held.
 * @returns {EventLoop}
 */
export function browserLoop() {
  const now = Promise.resolve();
  return {
    hold() {},
    release() {},
    // Each event of a page is a turn of its own. A reaction is a microtask as one of queueMicrotask is, for a quarter of its costs.
    endOfTurn(callback) {
      now.then(callback);
    },
    nextTurn: taskQueue(),
  };
}

/**
 * A task of its own, behind those that are queued already. Unlike a timer it is not slowed down when it comes often. A wait for an
 * address that is notified at once is one, for a quarter of what a message costs a worker, where memory may be shared.
 * @returns {EventLoop['nextTurn']}
 */
function taskQueue() {
  if (globalThis.crossOriginIsolated && Atomics.waitAsync) {
    const word = new Int32Array(new SharedArrayBuffer(4));
    return (callback) => {
      const { value } = Atomics.waitAsync(word, 0, 0);
      Atomics.notify(word, 0);
      /** @type {Promise<string>} */ (value).then(callback);
    };
  }
  /** @type {(() => void)[]} */
  const callbacks = [];
  /** @type {MessageChannel | undefined} */
  let channel;
  return (callback) => {
    if (!channel) {
      channel = new MessageChannel();
      channel.port1.onmessage = () => callbacks.shift()?.();
    }
    callbacks.push(callback);
    channel.port2.postMessage(0);
  };
}
