// What the page shows: output as text that can be selected and searched, and on a screen if there is one (screen.js); the state of
// the program, its sockets. It knows nothing of how the program is run.

/** @import { Screen, createScreen } from './screen.js' */

/** A piece of output goes into an element of its own after this many characters: laying out a long one anew is slow. */
const LONGEST_PIECE = 8192;
/** Rows of the table of sockets. */
const MOST_ROWS = 200;

const KINDS = { tcp: 'TCP', udp: 'UDP', listener: 'TCP listener', bound: 'TCP bound' };

/** @param {Document} document */
export function createView(document) {
  const root = document.documentElement;
  const find = (id) => document.getElementById(id);
  const output = find('output');
  /** @type {Screen | undefined} */
  let screen;
  /** @type {(bytes: Uint8Array | null) => void} */
  let give = () => {};
  const decoders = { stdout: decoder(), stderr: decoder() };

  const append = (stream, text) => {
    if (text === '') return;
    let last = output.lastElementChild;
    if (last?.className !== stream || last.firstChild.length > LONGEST_PIECE) {
      last = document.createElement('span');
      last.className = stream;
      last.append(document.createTextNode(''));
      output.append(last);
    }
    last.firstChild.appendData(text);
  };
  const following = () => output.scrollHeight - output.scrollTop - output.clientHeight < 40;
  /** Adds to the output, whose end stays in view if it was. */
  const add = (change) => {
    const follow = following();
    change();
    if (follow) output.scrollTop = output.scrollHeight;
  };
  const write = (pieces) => {
    screen?.write(pieces);
    add(() => {
      for (const { stream, bytes } of pieces) append(stream, decoders[stream].decode(bytes, { stream: true }));
    });
  };
  /** Takes no more input. */
  const close = () => {
    for (const control of find('input').elements) control.disabled = true;
    screen?.close();
  };
  /** A line for the program, with its end. */
  const line = (text) => {
    add(() => append('stdin', text));
    give(new TextEncoder().encode(text));
  };
  const end = () => {
    give(null);
    close();
  };
  const say = (state, text) => {
    if (state === 'exited' || state === 'failed') {
      for (const stream of ['stdout', 'stderr']) append(stream, decoders[stream].decode());
      close();
    }
    find('status').textContent = text;
    root.dataset.state = state;
  };

  return {
    write,
    running: () => say('running', 'running'),
    exited(status) {
      root.dataset.exit = String(status);
      say('exited', `exited with ${status}`);
    },
    failed(reason) {
      if (root.dataset.state === 'exited' || root.dataset.state === 'failed') return;
      find('failure').textContent = reason;
      say('failed', 'failed');
    },

    /**
     * Shows a screen, if there is one to be had; the text is then there for who asks for it, and for screen readers.
     * @param {typeof createScreen} create
     */
    async draw(create) {
      const place = find('screen');
      place.hidden = false;
      try {
        screen = await create(place, { line, end });
      } catch (error) {
        place.hidden = true;
        console.warn(`no screen: ${error}`);
        return;
      }
      const button = find('as-text');
      button.hidden = false;
      root.dataset.view = 'screen';
      button.addEventListener('click', () => {
        const asText = root.dataset.view === 'screen';
        root.dataset.view = asText ? 'text' : 'screen';
        button.setAttribute('aria-pressed', String(asText));
        output.scrollTop = output.scrollHeight;
      });
    },

    /** @param {any[]} rows */
    showSockets(rows) {
      const table = find('sockets');
      const shown = rows.slice(0, MOST_ROWS);
      while (table.rows.length > shown.length) table.deleteRow(-1);
      for (const [place, row] of shown.entries()) {
        fillRow(table.rows[place] ?? newRow(table), [
          KINDS[row.kind] ?? row.kind,
          row.state,
          endpoint(row.local),
          endpoint(row.remote),
          size(row.received),
          size(row.sent),
          size(row.queued),
        ]);
      }
      find('count').textContent = String(rows.length);
      find('none').hidden = rows.length > 0;
      find('table').hidden = rows.length === 0;
    },

    /** @param {(bytes: Uint8Array | null) => void} giveProgram */
    onInput(giveProgram) {
      give = giveProgram;
      const field = find('line');
      find('input').addEventListener('submit', (event) => {
        event.preventDefault();
        const text = `${field.value}\n`;
        screen?.typed(text);
        line(text);
        field.value = '';
      });
      find('end').addEventListener('click', end);
      field.addEventListener('keydown', (event) => {
        if (!event.ctrlKey || event.key !== 'd') return;
        event.preventDefault();
        if (field.value === '') end();
      });
    },
  };
}

/** Columns of the table of sockets: which one is the state, and from which on they are numbers. */
const STATE = 1;
const FIRST_NUMBER = 4;
const COLUMNS = 7;

/** @param {HTMLTableSectionElement} table */
function newRow(table) {
  const line = table.insertRow();
  for (let column = 0; column < COLUMNS; column += 1) {
    const cell = line.insertCell();
    if (column >= FIRST_NUMBER) cell.className = 'number';
  }
  return line;
}

/**
 * Only what has changed is laid out and drawn anew.
 * @param {HTMLTableRowElement} line
 * @param {string[]} texts
 */
function fillRow(line, texts) {
  for (const [column, text] of texts.entries()) {
    const cell = line.cells[column];
    if (cell.textContent === text) continue;
    cell.textContent = text;
    if (column === STATE) cell.dataset.state = text;
  }
}

const decoder = () => new TextDecoder('utf-8', { ignoreBOM: true });

function endpoint({ family, address, port }) {
  if (family === 0) return '–';
  return family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

function size(bytes) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (bytes >= 1000 && unit < units.length - 1) {
    bytes /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? bytes : bytes.toFixed(1)} ${units[unit]}`;
}
