/**
 * The functions that a program has registered with `emscripten_set_socket_*_callback`. They are called from the event
 * loop, never inside a call of the runtime, where the C stack pointer spares the frames of suspended calls (stacks.js). A
 * program that has registered one goes on after main has returned, and its process for as long as it has sockets.
 */
import { Errno } from './interface.js';

/** @import { RuntimeMemory } from './interface.js' */
/** @import { EventLoop, Keepalive } from './tickets.js' */

/** The callbacks of one instance. */
export class Callbacks {
  /** @type {WebAssembly.Table | undefined} */
  #table;
  #memory;
  #loop;
  #keepalive;
  #warn;
  #soon;
  /** The process is kept alive. */
  #holding = false;

  /** The program goes on after main has returned. */
  stays = false;

  /**
   * @param {Record<string, WebAssembly.ExportValue>} exports the program's
   * @param {RuntimeMemory} memory
   * @param {EventLoop} loop
   * @param {Keepalive | undefined} keepalive
   * @param {(message: string) => void} warn
   * @param {(callback: () => void) => void} soon calls back in a microtask, after waits that have been settled have ended
   */
  constructor(exports, memory, loop, keepalive, warn, soon) {
    const isTable = (/** @type {unknown} */ value) => value instanceof WebAssembly.Table;
    this.#table = /** @type {WebAssembly.Table | undefined} */ (Object.values(exports).find(isTable));
    this.#memory = memory;
    this.#loop = loop;
    this.#keepalive = keepalive;
    this.#warn = warn;
    this.#soon = soon;
  }

  /** The program is going to live from callbacks. */
  stay() {
    if (!this.#table) {
      this.#warn('this program exports no table of its functions: callbacks for sockets are never called');
      return Errno.ENOSYS;
    }
    if (!this.stays) this.#keepalive?.push();
    this.stays = true;
    return 0;
  }

  /**
   * Keeps the process alive while something can happen.
   * @param {number} sockets how many there are
   */
  watch(sockets) {
    const wanted = this.stays && sockets > 0;
    if (wanted === this.#holding) return;
    this.#holding = wanted;
    if (wanted) this.#loop.hold();
    else this.#loop.release();
  }

  /**
   * Calls a function soon.
   * @param {number} index in the program's table
   * @param {number} address of a `CallbackRequest`
   * @param {boolean} isError it takes an errno and a message
   * @returns {number} 0 or an errno
   */
  call(index, address, isError) {
    const table = this.#table;
    if (!table) return Errno.ENOSYS;
    // With 64-bit pointers the table's indices are BigInts too.
    const wide = typeof (/** @type {unknown} */ (table.length)) === 'bigint';
    const pointer = (/** @type {bigint} */ value) => (wide ? value : Number(value));
    const { fd, errno, message, userData } = this.#memory.readCallback(address);
    const args = isError ? [fd, errno, pointer(message), pointer(userData)] : [fd, pointer(userData)];
    this.#soon(() => {
      try {
        table.get(/** @type {number} */ (wide ? BigInt(index) : index))?.(...args);
      } catch (error) {
        // How a program says that it has ended, or that it goes on without this call.
        const ended = error === 'unwind' || /** @type {{name?: unknown} | null} */ (error)?.name === 'ExitStatus';
        if (!ended) throw error;
      }
    });
    return 0;
  }
}
