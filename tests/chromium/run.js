// Runs the retrofitted program, in the page or in its worker.
function run(args, tell) {
  globalThis.Module = {
    arguments: args,
    print: (line) => tell({ stream: 'stdout', text: `${line}\n` }),
    printErr: (line) => tell({ stream: 'stderr', text: `${line}\n` }),
    quit(status, reason) {
      tell({ state: 'exited', exit: status });
      throw reason;
    },
    onAbort: () => tell({ state: 'failed' }),
  };
  tell({ state: 'running' });
  if (typeof importScripts === 'function') {
    importScripts('/app.js');
    return;
  }
  const script = document.createElement('script');
  script.src = '/app.js';
  script.onerror = () => tell({ state: 'failed' });
  document.body.append(script);
}
