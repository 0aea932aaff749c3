/**
 * The sending half of a TCP connection of Direct Sockets.
 *
 * Chromium 156 loses writes: one that begins while the 64 KiB pipe to the network process is exactly full resolves at once, and
 * none of its bytes is ever sent (of writes of 4096 bytes one after the other a third is lost, of 65536 bytes most). One of more
 * than the pipe holds cannot be done at once, so one that is was lost whole, and is written again. Smaller ones give no such
 * sign: where they might fill the pipe they wait until there is more than it holds, or for some milliseconds in which it drains,
 * unless the machine is busy or the peer has stopped reading. The network process takes 32 KiB of the pipe at a time, or what there
 * is up to where a write has ended or the pipe's ring ends. So the pipe can be full to the last byte only a multiple of 32 KiB
 * behind such a place: no large write ends there, and a small one only where such places are crowded.
 */

/** @typedef {{bytes: Uint8Array, done: (taken: boolean) => void}} Piece */

/** What the pipe holds. */
const PIPE = 65_536;

/** The network process takes at most so much at a time. */
const TAKEN_MOST = 32_768;

/** Most bytes of one write: more than the pipe holds. */
const WRITE_MOST = 126_979;

/** A write that settles within so many microtasks has not waited for anything: two are enough in 156. */
const HOPS = 16;

/** A write that was lost is tried again in so many turns of the event loop, before longer waits. */
const QUICK_TRIES = 8;

/** In so many milliseconds the network process has taken what the pipe held, if the peer reads. */
const DRAINED_MS = 4;

/** A small write is made shorter by so many bytes at most, for its end's sake. */
const SHORTENED_MOST = 16;

/** Milliseconds between later tries of a write that was lost. */
const PAUSE_MS = 10;

/** So many ends of writes are remembered: the pipe may stop being emptied at the end of one that lies many writes back. */
const ENDS_MOST = 1024;

/** Where writes have ended, and where the pipe's ring starts, modulo 32 KiB. */
class Ends {
  /** The remembered ones in the order of their writes: a ring of its own. @type {number[]} */
  #latest = [];
  #oldest = 0;
  /** How many of them are at one place. */
  #places = new Map([[0, 1]]);

  /** @param {number} position */
  has(position) {
    return this.#places.has(position % TAKEN_MOST);
  }

  /** @param {number} position */
  add(position) {
    const place = position % TAKEN_MOST;
    this.#places.set(place, (this.#places.get(place) ?? 0) + 1);
    if (this.#latest.length < ENDS_MOST) {
      this.#latest.push(place);
      return;
    }
    const forgotten = this.#latest[this.#oldest] ?? 0;
    this.#latest[this.#oldest] = place;
    this.#oldest = (this.#oldest + 1) % ENDS_MOST;
    const left = (this.#places.get(forgotten) ?? 0) - 1;
    if (left > 0) this.#places.set(forgotten, left);
    else this.#places.delete(forgotten);
  }
}

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
  /** All bytes written. */
  #position = 0;
  #ends = new Ends();
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
    let length = Math.min(this.#queued, WRITE_MOST);
    let least = PIPE + 1;
    if (length <= PIPE) {
      let odd = 0;
      if (this.#piped > PIPE / 2 && performance.now() - this.#lastWrite > DRAINED_MS) {
        // Had it not drained after all, what comes now would end where the pipe ends if all has one length.
        odd = Math.floor(Math.random() * length);
        this.#piped = 0;
      }
      if (this.#piped > 0 && this.#piped + length >= PIPE) return 0;
      length -= odd;
      least = Math.max(1, length - SHORTENED_MOST);
    }
    for (let shorter = length; shorter >= least; shorter -= 1) {
      if (!this.#ends.has(this.#position + shorter)) return shorter;
    }
    return length;
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
    this.#piped = waited ? PIPE : this.#piped + bytes.length;
    // Nobody wants to know it before, and asking takes a microsecond.
    if (this.#piped > PIPE / 2) this.#lastWrite = performance.now();
    this.#position += bytes.length;
    this.#ends.add(this.#position);
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
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
