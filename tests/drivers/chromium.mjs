// Drives Chromium for the tests, in lines of JSON: {id, op, …} on standard input, {id, …answer} or {id, error} on standard output.
// Requests are served at a time. When the input ends, all that was started is ended: whoever sent the requests is gone.
import { chromium } from "playwright-core";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { createInterface } from "node:readline";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
};

// What a page is asked. Through the protocol itself: the app's CSP forbids what playwright's own evaluate does.
const SNAPSHOT = `{
  const { state, exit } = document.documentElement.dataset;
  const text = (stream) => Array.from(document.querySelectorAll('#output .' + stream), (span) => span.textContent).join('');
  return { state, exit, stdout: text('stdout'), stderr: text('stderr') };
}`;
const until = (condition) => `new Promise((resolve) => {
  const snapshot = () => ${SNAPSHOT};
  const look = () => {
    const now = snapshot();
    if (!(now.state === 'failed' || (${condition}))) return false;
    resolve(now);
    return true;
  };
  if (look()) return;
  const observer = new MutationObserver(() => look() && observer.disconnect());
  observer.observe(document, { attributes: true, childList: true, characterData: true, subtree: true });
})`;

const folder = mkdtempSync(join(tmpdir(), "chromium-"));
const apps = [];
const pages = [];
let context;
let browser;

/** A port that is free, below those that connections get, and below those that apps may listen on. */
async function serve(root) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname));
    try {
      const body = readFileSync(join(root, path === "/" ? "index.html" : path));
      response.writeHead(200, { "content-type": TYPES[extname(path) || ".html"] ?? "application/octet-stream" });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  for (;;) {
    const port = 10000 + Math.floor(Math.random() * 20000);
    const failed = await new Promise((resolve) => {
      server.once("error", resolve);
      server.listen(port, "127.0.0.1", () => resolve(undefined));
    });
    if (!failed) return server;
    if (failed.code !== "EADDRINUSE") throw failed;
  }
}

/** 32 bytes of a key that nobody has, and three of its kind, in base 32. */
function madeUpOrigin() {
  const letter = () => "abcdefghijklmnopqrstuvwxyz234567"[Math.floor(Math.random() * 32)];
  return `isolated-app://${Array.from({ length: 51 }, letter).join("")}aaaac`;
}

function page({ page: number }) {
  const found = pages[number];
  if (!found) throw new Error(`no page ${number}`);
  return found;
}

async function ask(of, expression) {
  const answer = await Promise.race([of.cdp.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true }), of.gone]);
  if (answer.gone) return { state: answer.gone };
  if (answer.exceptionDetails) throw new Error(answer.exceptionDetails.exception?.description ?? answer.exceptionDetails.text);
  return answer.result.value;
}

const told = (of, snapshot) => ({ exit: "", stdout: "", stderr: "", ...snapshot, console: of.console, problems: of.problems });

/** Waits until there is a line with these words on the console, which comes by another way than what the page tells. */
async function heard(of, words) {
  while (!of.console.some((line) => line.includes(words))) {
    const line = of.page.waitForEvent("console", { timeout: 0 }).catch(() => ({ gone: "closed" }));
    if ((await Promise.race([line, of.gone])).gone) return;
  }
}

const operations = {
  /** `rules`: of host names, as --host-resolver-rules has them. */
  async start({ executable, rules }) {
    const home = join(folder, "home");
    const args = ["--headless=new", "--no-sandbox", "--enable-features=IsolatedWebApps,IsolatedWebAppDevMode"];
    if (rules) args.push(`--host-resolver-rules=${rules}`);
    context = await chromium.launchPersistentContext(join(folder, "profile"), {
      executablePath: executable,
      headless: true,
      args,
      env: { HOME: home, PATH: "/usr/bin:/bin", TMPDIR: folder },
    });
    browser = await context.browser().newBrowserCDPSession();
    return { version: context.browser().version() };
  },

  /** Makes an app of a folder; `permissions` are the granted ones, all others are denied. */
  async install({ folder: root, permissions }) {
    const server = await serve(root);
    const origin = madeUpOrigin();
    const installUrlOrBundleUrl = `http://127.0.0.1:${server.address().port}/`;
    await browser.send("PWA.install", { manifestId: `${origin}/`, installUrlOrBundleUrl });
    await browser.send("Browser.grantPermissions", { origin, permissions });
    return { app: apps.push({ origin, server }) - 1 };
  },

  async open({ app, query }) {
    const opened = await context.newPage();
    const of = { page: opened, cdp: undefined, console: [], problems: [], gone: undefined };
    of.gone = new Promise((resolve) => {
      opened.on("crash", () => {
        of.problems.push("the renderer crashed");
        resolve({ gone: "crashed" });
      });
      opened.on("close", () => resolve({ gone: "closed" }));
    });
    opened.on("console", (message) => of.console.push(`${message.type()}: ${message.text()}`));
    opened.on("pageerror", (error) => of.problems.push(`uncaught: ${error.stack ?? error}`));
    const number = pages.push(of) - 1;
    await opened.goto(`${apps[app].origin}/index.html${query}`);
    // Not before: the origin of the app is in another process than the empty page was, and a session stays with that.
    of.cdp = await context.newCDPSession(opened);
    return { page: number };
  },

  /** Waits for the end of the program. */
  async ended(request) {
    const of = page(request);
    const snapshot = await ask(of, until("now.state === 'exited'"));
    if (request.console) await heard(of, request.console);
    return told(of, snapshot);
  },

  /** Waits until standard output has `text` in it: also after the end of main, as callbacks may go on. */
  async output(request) {
    const of = page(request);
    return told(of, await ask(of, until(`now.stdout.includes(${JSON.stringify(request.text)})`)));
  },

  /** Types a line, or (null) the end of the input. */
  async type({ text, ...request }) {
    const opened = page(request).page;
    const line = opened.locator("#line");
    if (text !== null) await line.fill(text);
    await line.press(text === null ? "Control+d" : "Enter");
    return {};
  },

  /** Presses keys, wherever the focus is: names of keys, or text. */
  async press({ keys, ...request }) {
    const { keyboard } = page(request).page;
    for (const { name, text } of keys) await (name ? keyboard.press(name) : keyboard.type(text));
    return {};
  },

  async focus({ selector, ...request }) {
    await page(request).page.locator(selector).focus();
    return {};
  },

  /** Clicks on what has this name. */
  async click({ name, ...request }) {
    await page(request).page.getByRole("button", { name }).click();
    return {};
  },

  /** Waits until an element has this text in it. */
  async shows({ selector, text, ...request }) {
    const wanted = page(request).page.locator(selector).filter({ hasText: text });
    await wanted.first().waitFor({ state: "attached", timeout: 0 });
    return { text: await wanted.first().innerText() };
  },

  /** How the page looks: its size in pixels, dark or light. */
  async look({ width, height, scheme, ...request }) {
    await page(request).page.setViewportSize({ width, height });
    await page(request).page.emulateMedia({ colorScheme: scheme });
    return {};
  },

  /** What there is now. */
  async now(request) {
    const of = page(request);
    return told(of, await ask(of, `(() => ${SNAPSHOT})()`));
  },

  /** Goes elsewhere with the page. */
  async leave(request) {
    await page(request).page.goto("about:blank");
    return {};
  },

  /** Ends the page's workers, in the middle of what they do. */
  async endWorkers(request) {
    const workers = page(request).page.workers();
    for (const worker of workers) {
      const closed = new Promise((resolve) => worker.once("close", resolve));
      worker.evaluate("self.close()").catch(() => {});
      await closed;
    }
    return { ended: workers.length };
  },

  async screenshot(request) {
    await page(request).page.screenshot({ path: request.path });
    return {};
  },

  async close(request) {
    const of = page(request);
    await of.page.close();
    pages[request.page] = undefined;
    return told(of, { state: "closed" });
  },
};

const answer = (id, value) => process.stdout.write(`${JSON.stringify({ id, ...value })}\n`);

async function handle(line) {
  const { id, op, ...request } = JSON.parse(line);
  try {
    answer(id, await operations[op](request));
  } catch (error) {
    answer(id, { error: String(error.stack ?? error) });
  }
}

createInterface({ input: process.stdin })
  .on("line", (line) => void handle(line))
  .on("close", async () => {
    // It ends with its pipe in any case; closed in order, it leaves no file behind.
    await context?.close().catch(() => {});
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    process.exit();
  });
