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
  /** @type {(() => void)[]} */
  const callbacks = [];
  const now = Promise.resolve();
  /** @type {MessageChannel | undefined} */
  let channel;
  return {
    hold() {},
    release() {},
    // Each event of a page is a turn of its own. A reaction is a microtask as one of queueMicrotask is, for a quarter of its costs.
    endOfTurn(callback) {
      now.then(callback);
    },
    nextTurn(callback) {
      // A message is a task of its own and, unlike a timer, is not slowed down when it comes often.
      if (!channel) {
        channel = new MessageChannel();
        channel.port1.onmessage = () => callbacks.shift()?.();
      }
      callbacks.push(callback);
      channel.port2.postMessage(0);
    },
  };
}
