/**
 * What the glue of a retrofitted program talks to: instantiates the rewritten wasm with the runtime's imports, hands out
 * its exports, of which some answer promises, and ends the program once its bytes have left. It knows neither sockets
 * (sockets.js), nor waiting (tickets.js), nor stacks (stacks.js), nor any platform (backends/); it puts them together,
 * once for each instance of the wasm.
 */
import { Command, Errno, EXPORT_PREFIX, HOST_MODULE, RuntimeMemory } from './interface.js';
import { createDirectBackend } from './backends/direct.js';
import { hasDirectSockets, missing } from './backends/direct-access.js';
import { createNoBackend } from './backends/none.js';
import { createNodeBackend, isNode } from './backends/node.js';
import { Callbacks } from './callbacks.js';
import { PromisingCalls } from './stacks.js';
import { Sockets } from './sockets.js';
import { Tickets } from './tickets.js';
import { traceLevel } from './trace.js';

/** @import { Backend } from './backends/backend.d.ts' */
/** @import { SocketEvents, SocketRow } from './sockets.js' */
/** @import { TicketEvents, Keepalive } from './tickets.js' */

/**
 * @typedef {object} Options
 * @property {string[]} [promising] the exports that become functions that answer promises, main's among them
 * @property {string} [stackRestore] the export with which JavaScript frees what it has put on the C stack
 * @property {string} [backend] 'auto', or a backend's name
 * @property {number} [stackSize] bytes of the C stack of a promising call that starts while another is under way
 * @property {number} [receiveLimit] most bytes that a socket's receive ring holds
 * @property {number} [sendLimit] most bytes that a socket's send ring holds
 * @property {number} [stripes] most platform sockets over which the sends of one UDP socket are spread
 * @property {number} [trace] 1: a line on the console for each call, 2: with the time
 */

/**
 * What one glue adds.
 * @typedef {object} Extra
 * @property {(exception: unknown) => boolean} [rethrow] the glue's `invoke_*` functions would throw this on
 * @property {Keepalive & {alive?: () => boolean}} [keepalive] told while a call is suspended; `alive` answers whether the
 *   program goes on after main has returned
 */

/** @typedef {SocketEvents & TicketEvents & {finish: () => number}} Events */

/** An instance, as far as glue looks at it. @typedef {{exports: WebAssembly.Exports}} InstanceLike */

/** Keys of the runtime's `configure`. */
const Setting = Object.freeze({ RECEIVE_LIMIT: 1, SEND_LIMIT: 2, TRACE: 3 });

/**
 * How long an ending program waits for a peer that takes none of the bytes still queued for it. Linux, too, drops what
 * a program has left behind after some time, but there the process has ended already.
 */
const FINISH_PATIENCE_MS = 15_000;

/**
 * Told to the page or worker that the program runs in, as an event of its global object, when the host script is evaluated and
 * before anything is instantiated: `detail` is the object that `createDirectSockets` answers. Who shows what a program does
 * listens for it, and calls its `sockets()` whenever he likes.
 */
const MADE = 'directsockets';

/** @param {object} made */
function announce(made) {
  const { dispatchEvent, CustomEvent } = globalThis;
  if (dispatchEvent && CustomEvent) dispatchEvent.call(globalThis, new CustomEvent(MADE, { detail: made }));
}

/**
 * Makes the object that edited glue uses in place of parts of `WebAssembly`. Instances made through one such object share
 * nothing but the choice of the backend.
 * @param {Options} [options]
 */
export function createDirectSockets(options = {}) {
  const host = new Host(options);
  /** Programs by the imports that were made for them. @type {WeakMap<object, Program>} */
  const programs = new WeakMap();
  /** Programs whose instance has not been seen. @type {Program[]} */
  const unattached = [];
  /** Programs that run, for as long as somebody holds them. @type {Set<WeakRef<Program>>} */
  const running = new Set();

  /** @param {Extra} [extra] */
  const newProgram = (extra) => {
    const program = new Program(host, extra);
    running.add(new WeakRef(program));
    return program;
  };

  /**
   * @param {WebAssembly.Module} module
   * @param {WebAssembly.Imports} [imports]
   * @param {Extra} [extra]
   */
  function Instance(module, imports, extra) {
    const program = newProgram(extra);
    return program.attach(new WebAssembly.Instance(module, program.link(imports)));
  }

  const made = Object.freeze({
    Instance,

    /**
     * The sockets of all instances as they are now, for who watches the program.
     * @returns {SocketRow[]}
     */
    sockets() {
      return [...running].flatMap((reference) => {
        const program = reference.deref();
        if (!program) running.delete(reference);
        return program?.rows() ?? [];
      });
    },

    /**
     * Says whether the programs can read something from standard input, or its end; where they cannot, reading and polling it
     * wait from now on.
     * @param {() => boolean} readable
     * @returns {() => void} to be called when there is something
     */
    terminal(readable) {
      host.readable = readable;
      return () => {
        for (const reference of running) reference.deref()?.lookAgain();
      };
    },

    /**
     * Says when main has returned and what it has sent has left. The glue of MINIMAL_RUNTIME tells nobody.
     * @param {(status: number) => void} told
     */
    whenReturned(told) {
      host.returned = told;
    },

    /**
     * @param {BufferSource | WebAssembly.Module} source
     * @param {WebAssembly.Imports} [imports]
     * @param {Extra} [extra]
     * @returns {Promise<InstanceLike | {module: WebAssembly.Module, instance: InstanceLike}>}
     */
    async instantiate(source, imports, extra) {
      const program = newProgram(extra);
      const linked = program.link(imports);
      if (source instanceof WebAssembly.Module) return program.attach(await WebAssembly.instantiate(source, linked));
      const { module, instance } = await WebAssembly.instantiate(source, linked);
      return { module, instance: program.attach(instance) };
    },

    /**
     * @param {Response | PromiseLike<Response>} source
     * @param {WebAssembly.Imports} [imports]
     * @param {Extra} [extra]
     * @returns {Promise<{module: WebAssembly.Module, instance: InstanceLike}>}
     */
    async instantiateStreaming(source, imports, extra) {
      const program = newProgram(extra);
      const { module, instance } = await WebAssembly.instantiateStreaming(source, program.link(imports));
      return { module, instance: program.attach(instance) };
    },

    /**
     * For who instantiates by himself: the imports to do it with.
     * @param {WebAssembly.Imports} [imports]
     * @param {Extra} [extra]
     * @returns {WebAssembly.Imports}
     */
    link(imports, extra) {
      const program = newProgram(extra);
      const linked = program.link(imports);
      programs.set(linked, program);
      unattached.push(program);
      return linked;
    },

    /**
     * The other half of `link`.
     * @param {WebAssembly.Instance} instance
     * @param {WebAssembly.Imports} [linked] what `link` answered; without it, instances come in the order of their links
     * @returns {InstanceLike}
     */
    attach(instance, linked) {
      const program = (linked && programs.get(linked)) ?? unattached[0];
      if (!program) return instance;
      const index = unattached.indexOf(program);
      if (index >= 0) unattached.splice(index, 1);
      return program.attach(instance);
    },

    /**
     * Is it what a promising export answered?
     * @param {unknown} value
     * @returns {boolean}
     */
    isPending(value) {
      return typeof value === 'object' && value !== null && host.pending.has(value);
    },

    /**
     * Says that the program whose promising export answered this unwinds its stack by itself (-sASYNCIFY).
     * @param {object} promise
     */
    unwinds(promise) {
      host.pending.get(promise)?.unwinds();
    },

    /**
     * What is left to do after main: when it has ended and its queued bytes have left, goes on with `done`; what that or
     * main throws goes to `failed`. What `failed` throws rejects the promise, as it rejects the promise in which a
     * synchronous main runs once the wasm is there; so the same handlers see it and node exits with the same status.
     * @template T
     * @param {Promise<unknown>} promise
     * @param {(value: any) => T} done
     * @param {(error: unknown) => T} failed
     * @returns {Promise<T>}
     */
    async finish(promise, done, failed) {
      const program = host.pending.get(promise);
      /** @type {any} */
      let value;
      try {
        value = await promise;
      } catch (error) {
        // "unwind" is how main says that the program goes on without it.
        // A broken runtime must not hide what broke.
        if (error !== 'unwind') await program?.drained().catch(() => {});
        return failed(error);
      }
      try {
        if (program?.stays) {
          // What the glue does then ends the program, unless it was built to stay.
          if (!program.isKept) return value;
        } else {
          await program?.drained();
          host.returned?.(value);
        }
        return done(value);
      } catch (error) {
        return failed(error);
      }
    },
  });
  announce(made);
  return made;
}

/** What all instances share. */
class Host {
  /** Programs by the promises that their exports answered. @type {WeakMap<object, Program>} */
  pending = new WeakMap();
  /** Whether standard input has something, if anybody knows. @type {(() => boolean) | undefined} */
  readable;
  /** Told when main has returned. @type {((status: number) => void) | undefined} */
  returned;
  /** @type {Backend | undefined} */
  #backend;
  /** @type {Set<string>} */
  #said = new Set();

  /** @param {Options} options */
  constructor(options) {
    this.options = options;
  }

  /** JavaScript Promise Integration is there. */
  get canSuspend() {
    return typeof WebAssembly.Suspending === 'function' && typeof WebAssembly.promising === 'function';
  }

  /** The platform's sockets; chosen when first asked for. */
  get backend() {
    this.#backend ??= this.#chooseBackend();
    return this.#backend;
  }

  /**
   * @param {string} key
   * @param {string} message
   */
  warnOnce(key, message) {
    if (this.#said.has(key)) return;
    this.#said.add(key);
    console.warn(`direct sockets: ${message}`);
  }

  /** @returns {Backend} */
  #chooseBackend() {
    const wanted = this.options.backend ?? 'auto';
    const warnOnce = (/** @type {string} */ key, /** @type {string} */ message) => this.warnOnce(key, message);
    if (wanted !== 'node' && hasDirectSockets()) return createDirectBackend(warnOnce, this.options.stripes);
    if (wanted !== 'direct' && isNode()) return createNodeBackend(warnOnce);
    const elsewhere = wanted === 'node' || (wanted === 'direct' && isNode());
    const reason = elsewhere ? `the backend "${wanted}" that was asked for is not available here` : missing();
    return createNoBackend(() => this.warnOnce('backend', `no network: ${reason}; sockets fail with ENETDOWN`));
  }
}

/** One instance of a rewritten wasm and all that belongs to it. */
class Program {
  #host;
  #extra;
  /** @type {Events | undefined} */
  #events;
  /** @type {Sockets | undefined} */
  #sockets;
  /** @type {Tickets | undefined} */
  #tickets;
  /** @type {PromisingCalls | undefined} */
  #calls;
  /** @type {Callbacks | undefined} */
  #callbacks;
  /** @type {RuntimeMemory | undefined} */
  #memory;
  /** Set while `drained` waits. @type {(() => void) | undefined} */
  #progress;

  /**
   * @param {Host} host
   * @param {Extra} [extra]
   */
  constructor(host, extra = {}) {
    this.#host = host;
    this.#extra = extra;
  }

  /**
   * The imports with ours. A module that was not rewritten does not look at them.
   * @param {WebAssembly.Imports} [imports]
   * @returns {WebAssembly.Imports}
   */
  link(imports = {}) {
    const ours = {
      command: (/** @type {number} */ op, /** @type {number} */ id, /** @type {number} */ a, /** @type {number} */ b) =>
        this.#command(op, id, a, b),
      now: () => performance.now(),
      wait: this.#waitImport(),
      rethrow: (/** @type {unknown} */ exception) => ((this.#extra.rethrow?.(exception) ?? true) ? 1 : 0),
      jstag: jsTag(),
    };
    // Inherits, so that an object whose properties are made on demand stays one.
    return Object.create(imports, {
      [HOST_MODULE]: { value: ours, enumerable: true },
    });
  }

  /**
   * @param {WebAssembly.Instance} instance
   * @returns {InstanceLike} with the exports that the program sees; the instance itself if it was not rewritten
   */
  attach(instance) {
    const { own, runtime } = splitExports(instance.exports);
    if (!(runtime.memory instanceof WebAssembly.Memory)) return instance;
    const host = this.#host;
    const events = /** @type {Events} */ (/** @type {unknown} */ (runtime));
    const { backend, options } = host;
    const memory = new RuntimeMemory(runtime.memory);
    this.#events = events;
    this.#sockets = new Sockets(events, memory, backend, () => this.#progressed());
    const tickets = new Tickets(events, backend, this.#extra.keepalive);
    this.#tickets = tickets;
    const warn = (/** @type {string} */ message) => host.warnOnce('callbacks', message);
    const soon = (/** @type {() => void} */ callback) => tickets.soon(callback);
    this.#callbacks = new Callbacks(own, memory, backend, this.#extra.keepalive, warn, soon);
    this.#memory = memory;
    this.#calls = new PromisingCalls(
      {
        pointer: runtime.stack_pointer instanceof WebAssembly.Global ? runtime.stack_pointer : undefined,
        malloc: typeof runtime.malloc === 'function' ? runtime.malloc : undefined,
        free: typeof runtime.free === 'function' ? runtime.free : undefined,
        limited: '__set_stack_limits' in own || '___set_stack_limits' in own,
      },
      options.stackSize,
    );
    if (typeof runtime.configure === 'function') {
      if (options.receiveLimit) runtime.configure(Setting.RECEIVE_LIMIT, options.receiveLimit);
      if (options.sendLimit) runtime.configure(Setting.SEND_LIMIT, options.sendLimit);
      const trace = traceLevel(options.trace);
      if (trace) runtime.configure(Setting.TRACE, trace);
    }
    return Object.create(WebAssembly.Instance.prototype, {
      exports: { value: this.#handOut(own), enumerable: true },
    });
  }

  /** Its sockets, for who watches. */
  rows() {
    return this.#sockets?.rows() ?? [];
  }

  /** Calls that wait may go on. */
  lookAgain() {
    this.#tickets?.wakeAll();
  }

  /** It goes on after main has returned, from callbacks. */
  get stays() {
    return this.#callbacks?.stays ?? false;
  }

  /** Its glue goes on after main has returned. */
  get isKept() {
    return this.#extra.keepalive?.alive?.() ?? false;
  }

  #progressed() {
    this.#progress?.();
    this.#callbacks?.watch(this.#sockets?.size ?? 0);
  }

  /** See `unwinds` of the object that `createDirectSockets` makes. */
  unwinds() {
    if (this.#calls) this.#calls.unwinds = true;
  }

  /**
   * Ends the program: closes its sockets and waits until what they hold has left.
   * @returns {Promise<void>}
   */
  async drained() {
    const events = this.#events;
    // Not the end, if the page is inside another export or the program has asked to be kept alive.
    if (!events || this.#calls?.active) return;
    if (this.#extra.keepalive?.alive?.()) {
      this.#watchLeftovers();
      return;
    }
    if (events.finish() === 0) return;
    const { backend } = this.#host;
    backend.hold();
    this.#extra.keepalive?.push();
    await new Promise((resolve) => {
      const giveUp = () => {
        this.#host.warnOnce('finish', 'a peer took no more bytes; what was queued for it is lost');
        this.#sockets?.abortAll();
        resolve(undefined);
      };
      let timer = setTimeout(giveUp, FINISH_PATIENCE_MS);
      this.#progress = () => {
        clearTimeout(timer);
        if (events.finish() === 0) resolve(undefined);
        else timer = setTimeout(giveUp, FINISH_PATIENCE_MS);
      };
    });
    this.#progress = undefined;
    this.#extra.keepalive?.pop();
    backend.release();
  }

  /**
   * The program stays, as those without -sEXIT_RUNTIME do, though main has returned. The process ends when nothing is left
   * to do; but what a peer that reads nothing was sent would never be done.
   */
  #watchLeftovers() {
    const giveUp = () => {
      if (this.#sockets?.giveUpStuck()) {
        this.#host.warnOnce(
          'finish',
          'a peer took no more bytes after the end of main; what was queued for it is lost',
        );
      }
    };
    const arm = () => /** @type {{unref?: () => void}} */ (/** @type {unknown} */ (timer)).unref?.();
    let timer = setTimeout(giveUp, FINISH_PATIENCE_MS);
    arm();
    this.#progress = () => {
      clearTimeout(timer);
      timer = setTimeout(giveUp, FINISH_PATIENCE_MS);
      arm();
    };
  }

  /**
   * The exports as the glue gets them.
   * @param {Record<string, WebAssembly.ExportValue>} own
   * @returns {WebAssembly.Exports}
   */
  #handOut(own) {
    const host = this.#host;
    if (!host.canSuspend) {
      host.warnOnce('jspi', 'no JavaScript Promise Integration here: calls that would wait answer EAGAIN');
      return own;
    }
    for (const name of host.options.promising ?? []) {
      const value = own[name];
      if (typeof value === 'function') own[name] = this.#promising(value);
    }
    const { stackRestore } = host.options;
    if (stackRestore && own[stackRestore]) {
      own[stackRestore] = (/** @type {number | bigint} */ to) => this.#calls?.restore(to);
    }
    return own;
  }

  /** @param {Function} original */
  #promising(original) {
    const entry = /** @type {NonNullable<typeof WebAssembly.promising>} */ (WebAssembly.promising)(original);
    return (/** @type {unknown[]} */ ...args) => {
      const calls = /** @type {PromisingCalls} */ (this.#calls);
      const promise = calls.run(() => entry(...args));
      this.#host.pending.set(promise, this);
      return promise;
    };
  }

  /** @returns {WebAssembly.ImportValue} */
  #waitImport() {
    if (this.#host.canSuspend) {
      const wait = (/** @type {number} */ ticket) => this.#tickets?.wait(ticket, () => this.#calls?.suspending());
      return new /** @type {NonNullable<typeof WebAssembly.Suspending>} */ (WebAssembly.Suspending)(wait);
    }
    // The generated code catches this as it catches a stack that can't suspend.
    return () => {
      throw new Error('this engine cannot suspend wasm');
    };
  }

  /**
   * @param {number} op one of `Command`
   * @param {number} id
   * @param {number} a
   * @param {number} b
   * @returns {number} 0 or an errno
   */
  #command(op, id, a, b) {
    const answer = this.#execute(op, id, a, b);
    this.#callbacks?.watch(this.#sockets?.size ?? 0);
    return answer;
  }

  /**
   * @param {number} op
   * @param {number} id
   * @param {number} a
   * @param {number} b
   * @returns {number} 0 or an errno
   */
  #execute(op, id, a, b) {
    const sockets = this.#sockets;
    if (!sockets) return Errno.ENETDOWN;
    switch (op) {
      case Command.TcpConnect:
        return sockets.connect(id, a >>> 0);
      case Command.TcpListen:
        return sockets.listen(id, a >>> 0, b);
      case Command.UdpOpen:
        return sockets.openUdp(id, a >>> 0);
      case Command.Send:
        return sockets.send(id);
      case Command.SendDatagram:
        return sockets.sendDatagram(id, a >>> 0, b >>> 0);
      case Command.Shutdown:
        return sockets.shutdown(id);
      case Command.Close:
        return sockets.close(id, a);
      case Command.Resume:
        return sockets.resume(id);
      case Command.Resolve:
        return sockets.resolve(id, a >>> 0, b >>> 0);
      case Command.SetOption:
        return sockets.setOption(id, a, b);
      case Command.Wake:
        this.#tickets?.wake(id);
        return 0;
      case Command.TcpBind:
        return sockets.bind(id, a >>> 0);
      case Command.Membership:
        return sockets.membership(id, a >>> 0, b !== 0);
      case Command.UdpConnect:
        return sockets.connectUdp(id, a >>> 0);
      case Command.Trace:
        console.error(this.#memory?.text(a >>> 0, b >>> 0));
        return 0;
      case Command.Stay:
        return this.#callbacks?.stay() ?? Errno.ENOSYS;
      case Command.Input: {
        const { readable } = this.#host;
        if (!readable) return Errno.ENOSYS;
        return readable() ? 0 : Errno.EAGAIN;
      }
      case Command.CallBack:
        return this.#callbacks?.call(id, a >>> 0, b !== 0) ?? Errno.ENOSYS;
      default:
        return Errno.ENOSYS;
    }
  }
}

/**
 * The program's exports, and those that the rewrite has added, without their prefix.
 * @param {WebAssembly.Exports} exports
 */
function splitExports(exports) {
  /** @type {Record<string, WebAssembly.ExportValue>} */
  const own = Object.create(null);
  /** @type {Record<string, WebAssembly.ExportValue>} */
  const runtime = Object.create(null);
  for (const [name, value] of Object.entries(exports)) {
    if (name.startsWith(EXPORT_PREFIX)) runtime[name.slice(EXPORT_PREFIX.length)] = value;
    else own[name] = value;
  }
  return { own, runtime };
}

/**
 * The tag of JavaScript's exceptions; where the engine tells none, one that catches nothing, so that the wasm links.
 * @returns {any}
 */
function jsTag() {
  if (WebAssembly.JSTag) return WebAssembly.JSTag;
  const { Tag } = /** @type {any} */ (WebAssembly);
  return Tag && new Tag({ parameters: ['externref'] });
}
