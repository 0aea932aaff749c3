/**
 * Promising calls and the C stacks that they run on.
 *
 * A program has one C stack and one stack pointer, a global. A call that suspends leaves its frames there, and whatever
 * runs meanwhile must stay below them. The `wait` function that the rewriter generates saves the pointer before it
 * suspends and restores it after, so a call that goes on finds its frames where they were. What is left is to give every
 * other piece of code a pointer that spares them:
 *
 * - Code of the event loop (callbacks, synchronous exports) finishes before a suspended call goes on, so it may use the
 *   program's stack below the lowest suspended frame. That value is `rest`, and the pointer is set to it whenever control
 *   goes back to the event loop.
 * - A second promising call may outlive the first one's suspension: below `rest` the first one, going on, would run over
 *   its frames. So at most one promising call at a time uses the program's stack; each further one gets a block of the
 *   program's heap for its frames, freed when it ends. If there is no such block to be had, it waits for its turn.
 *
 * - Arguments that JavaScript has put on the program's stack for a call (`ccall` with a text) lie above the call's frames,
 *   or, if the call has a stack of its own, below everything else. JavaScript frees them as soon as the call has returned
 *   its promise, with `stackRestore`; they stay until the call has ended.
 *
 * So every call has a lowest address of the program's stack that it needs, and `rest` is the lowest of all of these. It may
 * be lower than it needs to be (between the end of a call and the microtask that notices it), never higher.
 */

/** Bytes of the C stack of a promising call that starts while another is under way; Emscripten's own default. */
export const CALL_STACK_SIZE = 65536;

/** The alignment that the C ABI asks of the stack pointer. */
const STACK_ALIGNMENT = 16;

/**
 * @typedef {{base: number, top: number}} CallStack  A block of the heap; frames grow from `top` down to `base`.
 */

/**
 * A promising call that has not ended, with the lowest address of the program's stack that it needs; infinite: none.
 * @typedef {{low: number}} Call
 */

/**
 * What of the instance is needed; fields are missing where the program has no such export.
 * @typedef {object} StackExports
 * @property {WebAssembly.Global} [pointer] the C stack pointer
 * @property {Function} [malloc]
 * @property {Function} [free]
 * @property {boolean} [limited] the code compares the pointer with the limits of the program's stack
 *   (-sSTACK_OVERFLOW_CHECK=2), and nothing runs between a resumption and the first comparison that could move them
 */

/** The promising calls of one instance. */
export class PromisingCalls {
  /** @type {WebAssembly.Global | undefined} */
  #pointer;
  /** @type {StackExports} */
  #exports;
  /** @type {number} */
  #size;
  /** The pointer's type is i64. */
  #wide = false;
  /** The call that is on the program's stack. @type {Call | undefined} */
  #occupant;
  /** Calls that have been made and not ended. @type {Set<Call>} */
  #calls = new Set();
  /** Where the program's stack goes back to when none of the calls needs it. */
  #ground = 0;
  /** @type {Set<CallStack>} */
  #stacks = new Set();
  /** Calls that wait for the program's stack. @type {(() => void)[]} */
  #queue = [];

  /**
   * @param {StackExports} exports
   * @param {number} [size] bytes of a call's own stack
   */
  constructor(exports, size = CALL_STACK_SIZE) {
    this.#exports = exports;
    this.#pointer = exports.pointer;
    this.#wide = typeof exports.pointer?.value === 'bigint';
    this.#size = size;
  }

  /**
   * The program unwinds and rewinds its stack by itself (-sASYNCIFY): a call that has returned may go on later, with its
   * frames where the pointer is now. So the pointer is left alone.
   */
  unwinds = false;

  /** How many calls have been made and have not ended. */
  get active() {
    return this.#calls.size;
  }

  /** What the event loop may see in the pointer while calls are under way, or less. */
  get #rest() {
    let rest = this.#ground;
    for (const { low } of this.#calls) rest = Math.min(rest, low);
    return rest;
  }

  /**
   * Runs a promising call.
   * @param {() => Promise<unknown>} start calls the promising function
   * @returns {Promise<unknown>} what it returns
   */
  run(start) {
    const at = this.#get();
    if (this.#calls.size === 0) this.#ground = at;
    // Lower than need be: there are arguments.
    const call = { low: at < this.#rest && !this.#stackOf(at) ? at : Number.POSITIVE_INFINITY };
    this.#calls.add(call);
    if (!this.#occupant) return this.#runOnProgramStack(call, start);
    const stack = this.#allocate();
    if (stack) return this.#runOn(stack, call, start);
    return new Promise((resolve, reject) => {
      this.#queue.push(() => this.#runOnProgramStack(call, start).then(resolve, reject));
    });
  }

  /** To be called by the suspending import: the call that is running is about to suspend. */
  suspending() {
    if (!this.#pointer) return;
    const at = this.#get();
    if (this.#occupant && !this.#stackOf(at)) this.#occupant.low = at;
    // Also for a call on the program's stack: another one's arguments may lie below its frames.
    const rest = this.#calls.size > 0 ? this.#rest : at;
    if (rest !== at) this.#set(rest);
  }

  /**
   * What the program's `stackRestore` is to do: JavaScript frees what it has put on the stack.
   * @param {number | bigint} to
   */
  restore(to) {
    const at = typeof to === 'bigint' ? Number(to) : to >>> 0;
    if (this.#calls.size === 0 || this.#stackOf(at)) return this.#set(at);
    // Freed, but by nobody who knows of the calls that wait. The call that is running does not mind a pointer that
    // is lower than the one it left: it has its own in a local.
    this.#ground = Math.max(this.#ground, at);
    this.#set(Math.min(at, this.#rest));
  }

  /**
   * @param {Call} call
   * @param {() => Promise<unknown>} start
   */
  #runOnProgramStack(call, start) {
    const before = this.#get();
    // Called by a call that has a stack of its own, not by the event loop: the program's stack is free from `rest` on.
    const nested = this.#stackOf(before) !== undefined;
    if (nested) this.#set(this.#rest);
    this.#occupant = call;
    const promise = this.#begin(start);
    // Suspended: below its frames, and `low` says so. Ended: where it was, or as low as an exception left it.
    if (this.#get() < this.#rest) call.low = this.#get();
    if (nested) this.#set(before);
    return this.#watch(call, promise, (returned) => {
      this.#occupant = undefined;
      if (this.unwinds && this.#calls.size === 0) {
        this.#queue.shift()?.();
        return;
      }
      // After an exception ("unwind" keeps main's frames in use) the pointer stays low; it tells how low
      // unless another call has used it since.
      if (!returned) this.#ground = Math.min(call.low, this.#stackOf(this.#get()) ? call.low : this.#get());
      this.#set(this.#rest);
      this.#queue.shift()?.();
    });
  }

  /**
   * @param {CallStack} stack
   * @param {Call} call
   * @param {() => Promise<unknown>} start
   */
  #runOn(stack, call, start) {
    const before = this.#get();
    this.#set(stack.top);
    const promise = this.#begin(start);
    this.#set(before);
    return this.#watch(call, promise, () => {
      this.#set(this.#rest);
      this.#stacks.delete(stack);
      this.#exports.free?.(this.#wide ? BigInt(stack.base) : stack.base);
    });
  }

  /** @param {() => Promise<unknown>} start */
  #begin(start) {
    try {
      return start();
    } catch (error) {
      // An argument that does not convert throws before the promise is made.
      return Promise.reject(error);
    }
  }

  /**
   * Passes the outcome on, so that a rejection that nobody handles is reported as any other.
   * @param {Call} call
   * @param {Promise<unknown>} promise
   * @param {(returned: boolean) => void} ended
   */
  #watch(call, promise, ended) {
    return promise.then(
      (value) => {
        this.#calls.delete(call);
        ended(true);
        return value;
      },
      (error) => {
        this.#calls.delete(call);
        ended(false);
        throw error;
      },
    );
  }

  /** @returns {CallStack | undefined} */
  #allocate() {
    const { malloc, free, limited } = this.#exports;
    if (!this.#pointer || !malloc || !free || limited) return undefined;
    // malloc answers an i32, or an i64 that always fits a number.
    const address = malloc(this.#wide ? BigInt(this.#size) : this.#size);
    const base = this.#wide ? Number(address) : address >>> 0;
    if (base === 0) return undefined;
    const end = base + this.#size;
    const stack = { base, top: end - (end % STACK_ALIGNMENT) };
    this.#stacks.add(stack);
    return stack;
  }

  /**
   * The call's own stack that an address lies in; none: the program's.
   * @param {number} at
   */
  #stackOf(at) {
    for (const stack of this.#stacks) {
      if (at > stack.base && at <= stack.top) return stack;
    }
    return undefined;
  }

  #get() {
    const value = this.#pointer?.value ?? 0;
    return this.#wide ? Number(value) : value >>> 0;
  }

  /** @param {number} to */
  #set(to) {
    if (this.#pointer) this.#pointer.value = this.#wide ? BigInt(to) : to;
  }
}
