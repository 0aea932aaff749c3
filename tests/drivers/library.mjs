// node library.mjs APP.js PORT WHAT: calls the exports of programs/library.c as a page would, and prints what they answer.
import { createRequire } from "node:module";

const [app, portText, what] = process.argv.slice(2);
const port = Number(portText);
const loaded = createRequire(import.meta.url)(app);

/** Module, when its exports can be called: of a factory (-sMODULARIZE), or of a script that starts by itself. */
const started = () =>
  new Promise((resolve) => {
    if (loaded.calledRun) resolve(loaded);
    loaded.onRuntimeInitialized = () => resolve(loaded);
  });
const module = await (typeof loaded === "function" ? loaded() : started());

const print = (name, value) => console.log(`${name}: ${value}`);

const ways = {
  async one() {
    const answer = module._talk(port, 1);
    print("a promise", answer instanceof Promise);
    print("talk", await answer);
    print("talk again", await module._talk(port, 2));
  },

  async three() {
    const ended = [];
    const calls = [10, 60, 110].map((mark) => module._talk(port, mark).finally(() => ended.push(mark)));
    print("meanwhile", module._scribble(9));
    print("talk", (await Promise.all(calls)).join(" "));
    print("ended", ended.length);
  },

  async synchronous() {
    print("receive_at_once", module._receive_at_once());
    const waiting = module._talk(port, 7);
    print("the same while a call waits", module._receive_at_once());
    // The event loop goes round many times before ten levels have been talked about.
    const scribbles = setInterval(() => module._scribble(9));
    print("talk", await waiting);
    clearInterval(scribbles);
    print("talk of an unnamed export", typeof module._receive_at_once());
  },

  async ccall() {
    print("ccall", await module.ccall("talk", "number", ["number", "number"], [port, 3]));
    print("cwrap", await module.cwrap("talk", "number", ["number", "number"])(port, 4));
  },

  async strings() {
    const say = (text) => module.ccall("say", "number", ["number", "string"], [port, text]);
    const calls = ["the first text", "a second, longer text", "the third"].map((text) => {
      const answer = say(text);
      module._scribble(9);
      return answer;
    });
    print("say", (await Promise.all(calls)).join(" "));
    // What a call has put on the stack goes when it ends: this many texts would not fit.
    const text = "x".repeat(60);
    let right = 0;
    for (let i = 0; i < 3000; i++) right += (await say(text)) === text.length ? 1 : 0;
    print("right", right);
  },
};
await ways[what]();
