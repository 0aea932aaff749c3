// node factory.mjs APP.{js,mjs} ARGUMENT…: calls the factory that -sMODULARIZE makes, as a program that embeds it does.
import { pathToFileURL } from "node:url";

const [app, ...args] = process.argv.slice(2);
const { default: factory } = await import(pathToFileURL(app).href);
try {
  await factory({
    arguments: args,
    quit(status, reason) {
      process.exitCode = status;
      throw reason;
    },
  });
} catch (reason) {
  // A factory whose program has ended rejects with what ended it: ExitStatus, or from 3.1.5x on "exit(N)".
  if (reason?.name !== "ExitStatus" && !/^exit\(\d+\)$/.test(String(reason))) throw reason;
}
