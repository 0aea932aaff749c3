// The dedicated worker that a program runs in. In a block, as glue that is a script has the same global scope.
{
  const own = globalThis.trustedTypes?.createPolicy('terminal', { createScriptURL: () => '/terminal/run.js' });
  importScripts(own?.createScriptURL('') ?? '/terminal/run.js');

  let give;
  globalThis.onmessage = ({ data }) => {
    if (give) give(data.input);
    else give = globalThis.runProgram(data.program, data.given, (told) => postMessage(told));
  };
}
