// The terminal as xterm.js (https://xtermjs.org) draws it, where the app has that. What is typed goes to the program by lines, as
// from a terminal of Linux in canonical mode: see termios(3), ICANON.

/** Lines that can be scrolled back to; the page's text has them all. */
const SCROLLBACK = 10_000;
/** Bytes that xterm.js is given at a time. It drops what is too much for it. */
const MOST_PENDING = 1 << 20;

/** Characters that are two cells wide, roughly: those of East Asia (https://www.unicode.org/reports/tr11/) and pictures. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

const RED = '\x1b[91m';
const BLUE = '\x1b[94m';
const PLAIN = '\x1b[39m';
const HIDE_CURSOR = '\x1b[?25l';

/**
 * @typedef {object} Screen
 * @property {(pieces: {stream: 'stdout' | 'stderr', bytes: Uint8Array}[]) => void} write
 * @property {(text: string) => void} typed shows what was typed elsewhere
 * @property {() => void} close takes no more input
 */

/**
 * @param {HTMLElement} place what it fills
 * @param {{line: (text: string) => void, end: () => void}} input hears what is typed: a line with its end, and the end of input
 * @returns {Promise<Screen>}
 */
export async function createScreen(place, input) {
  await styled('/terminal/xterm/xterm.css');
  const { Terminal } = await import('/terminal/xterm/xterm.mjs');
  const style = getComputedStyle(place);
  const theme = () => ({ background: style.backgroundColor, foreground: style.color, cursor: style.color });
  const terminal = new Terminal({
    convertEol: true,
    cursorBlink: true,
    fontFamily: style.fontFamily,
    fontSize: Number.parseFloat(style.fontSize),
    lineHeight: 1.25,
    scrollback: SCROLLBACK,
    theme: theme(),
  });
  terminal.open(place);
  const fit = () => {
    const cells = place.querySelector('.xterm-screen')?.getBoundingClientRect();
    if (!cells?.width || place.clientWidth === 0) return;
    const width = place.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight);
    const height = place.clientHeight - Number.parseFloat(style.paddingTop) - Number.parseFloat(style.paddingBottom);
    const columns = Math.floor((width * terminal.cols) / cells.width);
    const rows = Math.floor((height * terminal.rows) / cells.height);
    if (columns !== terminal.cols || rows !== terminal.rows) terminal.resize(Math.max(columns, 2), Math.max(rows, 1));
  };
  new ResizeObserver(fit).observe(place);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    terminal.options.theme = theme();
  });
  // What is selected can be copied: otherwise it would be the character.
  terminal.attachCustomKeyEventHandler(
    (event) => !(event.ctrlKey && event.key === 'c' && event.type === 'keydown' && terminal.hasSelection()),
  );
  terminal.onData(lineEditor((text) => terminal.write(text), input));
  terminal.focus();

  /** @type {(Uint8Array | string)[]} */
  const waiting = [];
  let pending = 0;
  const pump = () => {
    while (waiting.length > 0 && pending < MOST_PENDING) {
      const next = waiting.shift();
      pending += next.length;
      terminal.write(next, () => {
        pending -= next.length;
        pump();
      });
    }
  };
  return {
    write(pieces) {
      for (const { stream, bytes } of pieces) waiting.push(...(stream === 'stderr' ? [RED, bytes, PLAIN] : [bytes]));
      pump();
    },
    typed(text) {
      waiting.push(BLUE, text, PLAIN);
      pump();
    },
    close() {
      terminal.options.disableStdin = true;
      waiting.push(HIDE_CURSOR);
      pump();
    },
  };
}

/** @param {string} address of a style sheet */
function styled(address) {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = address;
  return new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = () => reject(new Error(`cannot load ${address}`));
    document.head.append(link);
  });
}

/**
 * Makes lines of what is typed, and echoes it: Backspace, Ctrl-W and Ctrl-U erase, Ctrl-D ends the input on an empty line and
 * sends the line as it is on another.
 * @param {(text: string) => void} echo
 * @param {{line: (text: string) => void, end: () => void}} input
 * @returns {(data: string) => void} what the terminal has got from the keyboard, or from the clipboard
 */
export function lineEditor(echo, input) {
  /** @type {string[]} */
  let line = [];
  const width = (character) => (WIDE.test(character) ? 2 : character < ' ' ? 2 : 1);
  const shown = (character) =>
    character < ' ' && character !== '\t' ? `^${String.fromCharCode(character.charCodeAt(0) + 64)}` : character;
  const erase = (count) => {
    for (const character of line.splice(line.length - count)) {
      // Where a tab went to is not known any more.
      if (character !== '\t') echo('\b \b'.repeat(width(character)));
    }
  };
  const wordLength = () => line.length - line.join('').replace(/\S+\s*$/, '').length;
  const send = (end) => {
    const text = line.join('') + end;
    line = [];
    input.line(text);
  };
  return (data) => {
    // A key that is none of a line's, such as an arrow.
    if (data.startsWith('\x1b')) return;
    for (const character of data) {
      if (character === '\r' || character === '\n') {
        echo('\r\n');
        send('\n');
      } else if (character === '\x7f' || character === '\b') erase(Math.min(line.length, 1));
      else if (character === '\x15') erase(line.length);
      else if (character === '\x17') erase(Math.min(line.length, wordLength()));
      else if (character !== '\x04') {
        line.push(character);
        echo(shown(character));
      } else if (line.length > 0) send('');
      else input.end();
    }
  };
}
