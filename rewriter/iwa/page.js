// The terminal page: starts the program with what the page's address says, shows what it writes and what sockets it has.
// `?arg=` (repeated) are its arguments, `?env=NAME=VALUE` (repeated) its environment, `?stdin=` is what it can read at once.
import { createScreen } from './screen.js';
import { createView } from './view.js';

/** @import { Told } from './run.js' */

const query = new URLSearchParams(location.search);
const view = createView(document);

const own = globalThis.trustedTypes?.createPolicy('terminal', {
  createScriptURL: () => `/terminal/worker.js${location.search}`,
});

/** @param {Told} told */
function hear(told) {
  if (told.output) view.write(told.output);
  if (told.rows) view.showSockets(told.rows);
  if (told.state) view.running();
  if (told.exit !== undefined) view.exited(told.exit);
  if (told.failed !== undefined) view.failed(told.failed);
}

/** Starts the program; answers what gives it input. */
function start(program, given) {
  if (program.where === 'window') return globalThis.runProgram(program, given, hear);
  const worker = new Worker(own?.createScriptURL('') ?? `/terminal/worker.js${location.search}`);
  worker.onmessage = ({ data }) => hear(data);
  worker.onerror = (event) => view.failed(event.message ?? 'its worker cannot be started');
  worker.postMessage({ program, given });
  return (bytes) => worker.postMessage({ input: bytes });
}

try {
  const program = await (await fetch('/terminal/program.json')).json();
  const given = { args: query.getAll('arg'), env: query.getAll('env'), input: query.get('stdin') ?? '' };
  // It draws what the program writes from its first byte on.
  if (program.xterm) await view.draw(createScreen);
  const give = start(program, given);
  if (query.has('stdin')) give(null);
  view.onInput(give);
} catch (error) {
  view.failed(String(error));
}
