// node --import page.mjs script.mjs APP.js ARGUMENT…: runs a glue as a script element does, in the global scope.
import { readFileSync } from "node:fs";
import vm from "node:vm";

const [app, ...args] = process.argv.slice(2);
globalThis.Module = {
  arguments: args,
  quit(status, reason) {
    process.exitCode = status;
    throw reason;
  },
  onExit(status) {
    process.exitCode = status;
  },
};
vm.runInThisContext(readFileSync(app, "utf8"), {
  filename: app,
  importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
