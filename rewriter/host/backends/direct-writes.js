/**
 * The sending half of a TCP connection of Direct Sockets.
 *
 * Chromium 156 loses writes: one that begins while the 64 KiB pipe to the network process is exactly full resolves at once, and
 * none of its bytes is ever sent (of writes of 4096 bytes one after the other a third is lost, of 65536 bytes most). One of more
 * than the pipe holds cannot be done at once, so one that is was lost whole, and is written again. Smaller ones give no such
 * sign: where they might fill the pipe they wait until there is more than it holds, or for some milliseconds in which it drains,
 * unless the machine is busy or the peer has stopped reading. The pipe is a ring that is emptied in pieces of 32 KiB, up to where
 * the ring or what has been written ends: none is made, large or small, that ends where the emptying may have stopped.
 */

/** @typedef {{bytes: Uint8Array, done: (taken: boolean) => void}} Piece */

/** What the pipe holds. */
const PIPE = 65_536;

/** The network process takes at most so much at a time, up to where the pipe's ring ends: where it can have stopped, no write ends. */
const TAKEN_MOST = 32_768;

/** Most bytes of one write: more than the pipe holds, and such that they do not add up to what it holds. */
const WRITE_MOST = 126_979;

/** A write that settles within so many microtasks has not waited for anything: two are enough in 156. */
const HOPS = 16;

/** A write that was lost is tried again in so many turns of the event loop, before longer waits. */
const QUICK_TRIES = 8;

/** In so many milliseconds the network process has taken what the pipe held. */
const DRAINED_MS = 10;

/** So many sums are kept; those of tiny writes are not all. */
const SUMS_MOST = 256;

/** Writes pieces in order, as few and as large as they can be. */
export class DirectWrites {
  /** @type {Piece[]} */
  #queue = [];
  /** Bytes in the queue. */
  #queued = 0;
  /** Bytes of the first piece that have been written. */
  #offset = 0;
  #busy = false;
  #writer;
  #nextTurn;
  #broken;
  /** Bytes that the pipe may hold: those since it was last taken for empty. */
  #piped = 0;
  /** The sums of the last write, of the last two, …: what the pipe may hold after all. @type {number[]} */
  #sums = [];
  /** All bytes written, counted around the pipe, whose ring is taken up to its end at a time. */
  #position = 0;
  #lastWrite = 0;
  /** What one write takes from the queue. @type {Uint8Array<ArrayBuffer> | undefined} */
  #gathered;
  /** Ends the wait for more. @type {(() => void) | undefined} */
  #more;

  /**
   * @param {WritableStreamDefaultWriter<Uint8Array>} writer
   * @param {(callback: () => void) => void} nextTurn
   * @param {(error: unknown) => void} broken a write has failed
   */
  constructor(writer, nextTurn, broken) {
    this.#writer = writer;
    this.#nextTurn = nextTurn;
    this.#broken = broken;
    for (const end of [writer.closed, writer.ready]) end.catch(() => {});
  }

  /**
   * @param {Uint8Array} bytes
   * @param {(taken: boolean) => void} done
   */
  write(bytes, done) {
    this.#queue.push({ bytes, done });
    this.#queued += bytes.length;
    this.#more?.();
    if (this.#busy) return;
    this.#busy = true;
    this.#drain();
  }

  async #drain() {
    // What is written in the same turn leaves together.
    await undefined;
    try {
      while (this.#queued > 0) {
        const length = this.#next();
        if (length > 0) await this.#deliver(this.#take(length));
        else {
          this.#release();
          await this.#moreOrTime();
        }
        await undefined;
      }
      this.#busy = false;
    } catch (error) {
      this.#busy = false;
      for (const { done } of this.#queue.splice(0)) done(false);
      this.#queued = 0;
      this.#broken(error);
    }
  }

  /** How many bytes can be written now; 0: none. */
  #next() {
    const length = Math.min(this.#queued, WRITE_MOST);
    const fills = (/** @type {number} */ more) =>
      more % TAKEN_MOST === 0 ||
      (this.#position + more) % TAKEN_MOST === 0 ||
      this.#sums.some((sum) => (sum + more) % TAKEN_MOST === 0);
    if (length > PIPE) {
      let whole = length;
      while (whole > PIPE + 1 && fills(whole)) whole -= 1;
      return whole;
    }
    let odd = 0;
    if (performance.now() - this.#lastWrite > DRAINED_MS) {
      // Had it not drained after all, what comes now would end where the pipe ends if all has one length.
      if (this.#piped > PIPE / 2) odd = Math.floor(Math.random() * length);
      this.#piped = 0;
    }
    if (this.#piped > 0 && this.#piped + length >= PIPE) return 0;
    let safe = length - odd;
    while (safe > 1 && fills(safe)) safe -= 1;
    return safe;
  }

  /** Whoever has written what waits here is told that it is taken: the more there is that it waits for comes from there. */
  #release() {
    const bytes = new Uint8Array(this.#queued);
    let filled = 0;
    for (const piece of this.#queue) {
      bytes.set(piece.bytes.subarray(this.#offset), filled);
      filled += piece.bytes.length - this.#offset;
      this.#offset = 0;
    }
    for (const { done } of this.#queue.splice(0, this.#queue.length, { bytes, done() {} })) done(true);
  }

  /**
   * Until there is more than the pipe holds, or it has drained.
   * @returns {Promise<void>}
   */
  #moreOrTime() {
    if (this.#queued > PIPE) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#more = undefined;
        resolve();
      };
      const timer = setTimeout(end, DRAINED_MS + 1);
      this.#more = () => this.#queued > PIPE && end();
    });
  }

  /**
   * Takes the next bytes out of the queue.
   * @param {number} length
   * @returns {{bytes: Uint8Array, complete: Piece[]}} and the pieces that end with them
   */
  #take(length) {
    this.#queued -= length;
    const [first] = this.#queue;
    if (first && length === first.bytes.length && this.#offset === 0) {
      return { bytes: first.bytes, complete: this.#queue.splice(0, 1) };
    }
    this.#gathered ??= new Uint8Array(WRITE_MOST);
    let filled = 0;
    let complete = 0;
    for (const { bytes } of this.#queue) {
      const part = bytes.subarray(this.#offset, this.#offset + length - filled);
      this.#gathered.set(part, filled);
      filled += part.length;
      this.#offset += part.length;
      if (this.#offset < bytes.length) break;
      this.#offset = 0;
      complete += 1;
      if (filled === length) break;
    }
    return { bytes: this.#gathered.subarray(0, length), complete: this.#queue.splice(0, complete) };
  }

  /** @param {{bytes: Uint8Array, complete: Piece[]}} taken */
  async #deliver({ bytes, complete }) {
    let waited = false;
    try {
      waited = await this.#write(bytes);
    } catch (error) {
      for (const { done } of complete) done(false);
      throw error;
    }
    this.#lastWrite = performance.now();
    this.#piped = waited ? PIPE : this.#piped + bytes.length;
    const { length } = bytes;
    this.#position = (this.#position + length) % PIPE;
    const rest = waited ? [] : this.#sums.map((sum) => sum + length).filter((sum) => sum < PIPE);
    this.#sums = [length % PIPE, ...rest].slice(0, SUMS_MOST);
    for (const { done } of complete) done(true);
  }

  /**
   * @param {Uint8Array} bytes
   * @returns {Promise<boolean>} it was not done at once
   */
  async #write(bytes) {
    for (let tries = 1; ; tries += 1) {
      let settled = false;
      const write = this.#writer.write(bytes);
      write.then(
        () => {
          settled = true;
        },
        () => {},
      );
      for (let hop = 0; hop < HOPS && !settled; hop += 1) await undefined;
      if (!settled) {
        await write;
        return true;
      }
      if (bytes.length <= PIPE) return false;
      await (tries > QUICK_TRIES ? pause() : new Promise((resolve) => this.#nextTurn(() => resolve(0))));
    }
  }

  /** Sends what is queued, and is then closed. */
  async close() {
    // A close is queued behind what has been handed to the writer, not behind what has not.
    while (this.#busy) await new Promise((resolve) => this.#nextTurn(() => resolve(0)));
    await this.#writer.close();
  }

  abort() {
    return this.#writer.abort();
  }
}

/** @returns {Promise<void>} */
function pause() {
  return new Promise((resolve) => setTimeout(resolve, DRAINED_MS));
}
