// What the edited glue needs besides the bridge: the page's hook that instantiates in emcc's place, and
// -sASYNCIFY, whose unwinding must get along with promising calls.

/**
 * A promising call of an asyncified program. It may be cut into segments: emscripten_sleep unwinds the wasm
 * stack, which ends the promise, and calls the export again to rewind. `whole` settles when the last has ended.
 */
class AsyncifiedCall {
  constructor(key) {
    this.key = key;
    /** Its stack has been unwound and waits to be rewound. */
    this.asleep = false;
    /** Its stack is being unwound after a resumption; nobody else notices the end of that. */
    this.unwinding = false;
    this.whole = new Promise((resolve) => {
      this.end = resolve;
    });
  }
}

/**
 * @param {any} directSockets what createDirectSockets made
 */
export function adaptToGlue(directSockets) {
  // A copy: the bridge's own object is frozen.
  const adapted = { ...directSockets };
  /** Asyncify objects of the glue, each with the promising call that is under way. */
  const calls = new WeakMap();
  /** The calls by their promises. */
  const wholes = new WeakMap();

  /**
   * The page may give emcc's output a function that instantiates the wasm. It gets the imports and a function
   * to hand the instance to; it may also return the exports at once.
   */
  adapted.hook = (instantiate, imports, receive, extra) => {
    let own;
    let handedOut;
    const linked = directSockets.link(imports, extra);
    const result = instantiate(linked, (instance, ...more) => {
      own = instance;
      handedOut = directSockets.attach(instance, linked);
      return receive(handedOut, ...more);
    });
    // The glue takes exports that are returned at once over those that it received.
    return own && result === own.exports ? handedOut.exports : result;
  };

  /**
   * Sees what an instrumented export returned, before the glue takes `key` from its stack of exports.
   */
  adapted.asyncifiedResult = (asyncify, key, result) => {
    if (!directSockets.isPending(result)) return result;
    directSockets.unwinds(result);
    let call = calls.get(asyncify);
    if (!call?.asleep || call.key !== key) {
      call = new AsyncifiedCall(key);
      calls.set(asyncify, call);
      wholes.set(call.whole, call);
    }
    const unwound = asyncify.state === asyncify.State.Unwinding;
    call.asleep = unwound;
    const settled = () => {
      if (unwound) return;
      if (call.unwinding) {
        call.unwinding = false;
        call.asleep = true;
        asyncify.exportCallStack.pop();
        asyncify.maybeStopUnwind();
        return;
      }
      if (calls.get(asyncify) === call) calls.delete(asyncify);
      call.last = result;
      call.end(result);
    };
    result.then(settled, settled);
    return call.whole;
  };

  /**
   * Runs the glue's handleSleep. When a suspended call has gone on, the glue's stack of exports does not have
   * it any more; unwinding needs it there until the wasm stack is empty.
   */
  adapted.asyncifiedSleep = (asyncify, sleep) => {
    const call = calls.get(asyncify);
    const resumed = call && asyncify.state === asyncify.State.Normal && asyncify.exportCallStack.length === 0;
    if (!resumed) return sleep();
    asyncify.exportCallStack.push(call.key);
    try {
      return sleep();
    } finally {
      if (asyncify.state === asyncify.State.Unwinding) call.unwinding = true;
      else asyncify.exportCallStack.pop();
    }
  };

  adapted.isPending = (value) => wholes.has(value) || directSockets.isPending(value);

  adapted.finish = async (promise, done, failed) => {
    const call = wholes.get(promise);
    // What it rejects with, the last segment tells again.
    if (call) await call.whole.catch(() => {});
    return directSockets.finish(call ? call.last : promise, done, failed);
  };

  return adapted;
}
