// The dedicated worker that a program runs in.
const own = globalThis.trustedTypes?.createPolicy('terminal', { createScriptURL: () => '/terminal/run.js' });
importScripts(own?.createScriptURL('') ?? '/terminal/run.js');

let give;
onmessage = ({ data }) => {
  if (give) give(data.input);
  else give = runProgram(data.program, data.given, (told) => postMessage(told));
};
