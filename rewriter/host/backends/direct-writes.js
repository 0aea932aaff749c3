/**
 * The sending half of a TCP connection of Direct Sockets.
 *
 * Chromium 156 loses writes: one that begins while the 64 KiB pipe to the network process is exactly full resolves at once, and
 * none of its bytes is ever sent (seen with every size that divides 64 KiB: of 4 MiB in pieces of 65536 bytes 320 KiB arrived).
 * A write of more than the pipe holds cannot be done at once, so one that is was lost whole, and is written again. Smaller ones
 * give no such sign: where the pipe may be full they wait a moment, in which it drains unless the peer has stopped reading.
 */

/** @typedef {{bytes: Uint8Array, done: (taken: boolean) => void}} Piece */

/** What the pipe holds. */
const PIPE = 65_536;

/** Most bytes of one write: more than the pipe holds, and such that they do not add up to what it holds. */
const WRITE_MOST = 126_979;

/** A write that settles within so many microtasks has not waited for anything: five are enough in 156. */
const HOPS = 16;

/** In so many milliseconds the network process has taken what the pipe held. */
const DRAINED_MS = 2;

/** A write that was lost is tried again in so many turns of the event loop, before longer waits. */
const QUICK_TRIES = 8;

/** Writes pieces in order, as few and as large as they can be. */
export class DirectWrites {
  /** @type {Piece[]} */
  #queue = [];
  #busy = false;
  #writer;
  #nextTurn;
  #broken;
  /** Bytes that the pipe may hold: those since it was last taken for empty. */
  #piped = 0;
  #lastWrite = 0;
  /** Bytes of the first piece that have been written. */
  #offset = 0;
  /** What one write takes from the queue. @type {Uint8Array<ArrayBuffer> | undefined} */
  #gathered;

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
    if (this.#busy) return;
    this.#busy = true;
    this.#drain();
  }

  async #drain() {
    // What is written in the same turn leaves together.
    await undefined;
    try {
      while (this.#queue.length > 0) {
        const { bytes, complete } = this.#take();
        await this.#deliver(bytes);
        for (const { done } of this.#queue.splice(0, complete)) done(true);
        await undefined;
      }
      this.#busy = false;
    } catch (error) {
      this.#busy = false;
      for (const { done } of this.#queue.splice(0)) done(false);
      this.#broken(error);
    }
  }

  /** The next bytes that go together, and how many pieces end with them. */
  #take() {
    const [first] = this.#queue;
    if (first && this.#queue.length === 1 && this.#offset === 0) return { bytes: first.bytes, complete: 1 };
    this.#gathered ??= new Uint8Array(WRITE_MOST);
    let length = 0;
    let complete = 0;
    for (const { bytes } of this.#queue) {
      const part = bytes.subarray(this.#offset, this.#offset + WRITE_MOST - length);
      this.#gathered.set(part, length);
      length += part.length;
      this.#offset += part.length;
      if (this.#offset < bytes.length) break;
      this.#offset = 0;
      complete += 1;
    }
    return { bytes: this.#gathered.subarray(0, length), complete };
  }

  /** @param {Uint8Array} bytes */
  async #deliver(bytes) {
    const shows = bytes.length > PIPE;
    if (performance.now() - this.#lastWrite > DRAINED_MS) this.#piped = 0;
    if (!shows && this.#piped + bytes.length >= PIPE && this.#piped > 0) await this.#pause();
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
        this.#piped = PIPE;
      } else if (shows) {
        await (tries > QUICK_TRIES ? this.#pause() : new Promise((resolve) => this.#nextTurn(() => resolve(0))));
        continue;
      } else {
        this.#piped += bytes.length;
      }
      this.#lastWrite = performance.now();
      return;
    }
  }

  /** @returns {Promise<void>} */
  #pause() {
    this.#piped = 0;
    return new Promise((resolve) => setTimeout(resolve, DRAINED_MS));
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
