// Runs the retrofitted program, in the page or in a dedicated worker, and tells what it does. A classic script: it loads glue that
// is one too. It knows the glue's Module object and nothing of the page.

/**
 * The program, as the command found it.
 * @typedef {object} Description
 * @property {string} name
 * @property {string} script address of the JavaScript
 * @property {string} wasm address of the wasm, empty if it is inside the JavaScript
 * @property {'script' | 'factory' | 'module' | 'minimal'} style
 * @property {string} factory the variable that holds the factory
 * @property {string[] | null} ioctl import fields of ioctl; null if that is not known: then its output is told by lines
 * @property {'worker' | 'window'} where
 */

/**
 * What the program does. Bytes are what it wrote; `failed` says why it did not end by itself.
 * @typedef {{state: 'running'} | {exit: number} | {failed: string} | {rows: object[]} |
 *   {output: {stream: 'stdout' | 'stderr', bytes: Uint8Array}[]}} Told
 */

// In a block, as glue that is a script has the same global scope.
{
  // Glue names its own scripts and wasm by URL strings. Nothing but what the app itself brings may become code.
  globalThis.trustedTypes?.createPolicy('default', {
    createScriptURL: (url) => (new URL(url, location.href).href.startsWith(`${location.origin}/`) ? url : null),
  });

  /** Bytes that are collected before they are told, at most. */
  const OUTPUT_PIECE = 65536;
  /** For how long output is collected while the program gives the event loop no turn, in milliseconds. */
  const OUTPUT_PATIENCE = 50;
  /** How often the table of sockets is told, in milliseconds. */
  const ROWS_INTERVAL = 500;

  const ENOTTY = -59;
  const TIOCGWINSZ = 0x5413;

  /** What the program writes, in order, told once in each turn of the event loop. */
  class OutputCollector {
    #pieces = [];
    #buffer = new Uint8Array(OUTPUT_PIECE);
    #length = 0;
    #stream = 'stdout';
    #since = 0;
    #turn = new MessageChannel();
    #waiting = false;

    /** @param {(told: Told) => void} tell */
    constructor(tell) {
      this.tell = tell;
      this.#turn.port1.onmessage = () => this.flush();
    }

    /**
     * @param {'stdout' | 'stderr'} stream
     * @param {number} byte
     */
    byte(stream, byte) {
      if (stream !== this.#stream || this.#length === OUTPUT_PIECE) this.#cut();
      this.#stream = stream;
      this.#buffer[this.#length++] = byte;
      if (!this.#waiting) {
        this.#waiting = true;
        this.#since = performance.now();
        this.#turn.port2.postMessage(0);
      } else if ((byte === 10 || this.#length === OUTPUT_PIECE) && performance.now() - this.#since > OUTPUT_PATIENCE) {
        this.flush();
      }
    }

    /**
     * @param {'stdout' | 'stderr'} stream
     * @param {string} text
     */
    line(stream, text) {
      for (const byte of new TextEncoder().encode(`${text}\n`)) this.byte(stream, byte);
    }

    flush() {
      this.#waiting = false;
      this.#cut();
      const output = this.#pieces;
      this.#pieces = [];
      if (output.length > 0) this.tell({ output });
    }

    #cut() {
      if (this.#length > 0) this.#pieces.push({ stream: this.#stream, bytes: this.#buffer.slice(0, this.#length) });
      this.#length = 0;
    }
  }

  /**
   * Lets the wasm's three standard streams be terminals, as they are without a page of one's own: else C holds back what the
   * program prints until a block is full.
   * @param {string[]} fields
   */
  const becomeTerminal = (fields) => {
    const wrap = (imports) => {
      for (const module in imports) {
        for (const field of fields) {
          const original = imports[module]?.[field];
          if (typeof original !== 'function' || original.terminal) continue;
          const ioctl = (fd, request, ...rest) => {
            const answer = original(fd, request, ...rest);
            return answer === ENOTTY && fd <= 2 && request === TIOCGWINSZ ? 0 : answer;
          };
          ioctl.terminal = true;
          imports[module][field] = ioctl;
        }
      }
      return imports;
    };
    const { instantiate, instantiateStreaming, Instance } = WebAssembly;
    WebAssembly.instantiate = (source, imports) => instantiate(source, wrap(imports));
    WebAssembly.instantiateStreaming = (source, imports) => instantiateStreaming(source, wrap(imports));
    WebAssembly.Instance = (module, imports) => new Instance(module, wrap(imports));
    WebAssembly.Instance.prototype = Instance.prototype;
  };

  /** The exit status in what a glue throws when the program ends, if it is that. */
  const exitStatus = (reason) => {
    if (reason?.name === 'ExitStatus') return reason.status;
    const minimal = /^exit\((\d+)\)$/.exec(String(reason));
    return minimal ? Number(minimal[1]) : undefined;
  };

  /**
   * @param {Description} program
   * @param {{args: string[], env: string[], input: string}} given `env`: NAME=VALUE each; `input`: what it reads from standard input
   * @param {(told: Told) => void} tell
   * @returns {(bytes: Uint8Array | null) => void} gives it more to read, or (null) the end of that
   */
  const runProgram = (program, given, tell) => {
    const output = new OutputCollector(tell);
    let ended = false;
    let sockets = () => [];
    /** Lets the program go on that waits for input. */
    let arrived = () => {};
    globalThis.addEventListener('directsockets', ({ detail }) => {
      sockets = () => detail.sockets();
      arrived = detail.terminal?.(() => readable()) ?? arrived;
      if (program.style === 'minimal') detail.whenReturned?.((status) => end({ exit: status }));
    });

    let shown = '[]';
    const showRows = () => {
      const rows = sockets();
      const text = JSON.stringify(rows);
      if (text !== shown) tell({ rows });
      shown = text;
      return rows;
    };
    setInterval(showRows, ROWS_INTERVAL);

    const end = (told) => {
      if (ended) return;
      ended = true;
      const finish = () => {
        // What the program has sent before it ended leaves first: who sees the end may close the page. The host gives up in time.
        if (showRows().some((row) => row.kind === 'tcp' && row.queued > 0)) setTimeout(finish, 20);
        else {
          output.flush();
          tell(told);
        }
      };
      finish();
    };
    const fail = (reason) => {
      const status = exitStatus(reason);
      if (status !== undefined) end({ exit: status });
      else if (reason !== 'unwind') end({ failed: String(reason?.message ?? reason) });
    };
    globalThis.addEventListener('error', (event) => {
      if (exitStatus(event.error) !== undefined || event.error === 'unwind') event.preventDefault();
      fail(event.error ?? event.message);
    });
    globalThis.addEventListener('unhandledrejection', (event) => {
      if (exitStatus(event.reason) !== undefined || event.reason === 'unwind') event.preventDefault();
      fail(event.reason);
    });

    /** @type {(Uint8Array | null)[]} */
    const input = [new TextEncoder().encode(given.input)];
    let read = 0;
    const readable = () => {
      while (input.length > 0 && input[0] !== null && read === input[0].length) {
        input.shift();
        read = 0;
      }
      return input.length > 0;
    };
    const module = {
      arguments: given.args,
      thisProgram: program.name,
      print: (text) => output.line('stdout', text),
      printErr: (text) => output.line('stderr', text),
      locateFile: (name) => new URL(name, new URL(program.script, location.href)).href,
      preRun: [
        () => {
          if (given.env.length === 0) return;
          const env = module.ENV ?? globalThis.ENV;
          if (!env)
            return console.warn('no environment: ENV is not among the EXPORTED_RUNTIME_METHODS of this program');
          for (const setting of given.env) {
            const [name, ...value] = setting.split('=');
            env[name] = value.join('=');
          }
        },
      ],
      // Nothing yet: EAGAIN. null: the end.
      stdin() {
        if (!readable()) return undefined;
        return input[0] === null ? null : input[0][read++];
      },
      quit(status, reason) {
        // It gets what broke the program, too.
        if (reason === undefined || exitStatus(reason) !== undefined) end({ exit: status });
        else fail(reason);
        throw reason;
      },
      onExit: (status) => end({ exit: status }),
      onAbort: (reason) => end({ failed: reason ? `Aborted: ${reason}` : 'Aborted' }),
    };
    if (program.ioctl) {
      becomeTerminal(program.ioctl);
      module.stdout = (byte) => byte !== null && output.byte('stdout', byte & 255);
      module.stderr = (byte) => byte !== null && output.byte('stderr', byte & 255);
    }
    tell({ state: 'running' });
    start(program, module).catch(fail);
    return (bytes) => {
      input.push(bytes);
      arrived();
    };
  };

  /** Loads the glue in its own way, with `module` as its Module. */
  const start = async (program, module) => {
    if (program.style === 'module') {
      const { default: factory } = await import(new URL(program.script, location.href).href);
      await factory(module);
      return;
    }
    if (program.style === 'minimal' && program.wasm) {
      module.wasm = await (await fetch(program.wasm)).arrayBuffer();
    }
    if (program.style !== 'factory') globalThis.Module = module;
    if (typeof importScripts === 'function') importScripts(program.script);
    else {
      await new Promise((resolve, reject) => {
        const script = document.createElement('script');
        script.src = trustedTypes.defaultPolicy?.createScriptURL(program.script) ?? program.script;
        script.onload = resolve;
        script.onerror = () => reject(new Error(`cannot load ${program.script}`));
        document.head.append(script);
      });
    }
    if (program.style === 'factory') await globalThis[program.factory](module);
  };

  globalThis.runProgram = runProgram;
}
