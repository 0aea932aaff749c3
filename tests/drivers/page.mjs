// --import this: node as glue built for the web sees a page. process.versions.node is hidden, and no more:
// what asks node for more than its version still finds it.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const nodeFetch = globalThis.fetch;

const versions = { ...process.versions };
delete versions.node;
Object.defineProperty(process, "versions", { value: versions, configurable: true });

const script = pathToFileURL(process.argv[2] ?? "/").href;
globalThis.window = globalThis;
globalThis.document = { currentScript: { src: script, tagName: "SCRIPT" }, baseURI: script };
globalThis.location ??= new URL(script);

globalThis.fetch = async (url) => {
  const type = String(url).endsWith(".wasm") ? "application/wasm" : "text/plain";
  const body = String(url).startsWith("data:") ? await (await nodeFetch(url)).arrayBuffer() : readFileSync(new URL(url, script));
  return new Response(body, { headers: { "content-type": type } });
};

globalThis.XMLHttpRequest = class {
  open(_method, url) {
    this.url = new URL(url, script);
  }
  send() {
    const bytes = readFileSync(this.url);
    this.status = 200;
    this.response = this.responseType === "arraybuffer" ? Uint8Array.from(bytes).buffer : bytes.toString();
    this.responseText = this.responseType === "arraybuffer" ? "" : this.response;
    setImmediate(() => this.onload?.());
  }
};
