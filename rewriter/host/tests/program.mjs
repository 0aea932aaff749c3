/**
 * The wasm of a rewritten program as small as it gets: its `main` waits for ticket 7 and answers its argument, or throws.
 * The runtime's events are functions that the test gives, exported as the rewrite exports its own.
 */
import { EXPORT_PREFIX, HOST_MODULE } from '../interface.js';
import { assemble, I32, op } from './assemble.mjs';

const EVENTS = [
  { name: 'scratch', results: [I32] },
  { name: 'finish', results: [I32] },
  // The contract says f64; an i32 converts to the same number.
  { name: 'ticket_timeout', params: [I32], results: [I32] },
  { name: 'ticket_expired', params: [I32] },
  { name: 'opened', params: [I32] },
  { name: 'failed', params: [I32, I32] },
  { name: 'closed', params: [I32] },
];

/** The bytes of the wasm. */
export function programBytes() {
  const imports = [
    { module: HOST_MODULE, name: 'wait', params: [I32], results: [I32] },
    { module: HOST_MODULE, name: 'command', params: [I32, I32, I32, I32], results: [I32] },
    { module: 'env', name: 'leave', params: [I32], results: [I32] },
    ...EVENTS.map((event) => ({ module: 'events', ...event })),
  ];
  const main = imports.length;
  return assemble({
    imports,
    globals: [{ type: I32, init: 65536 }],
    pages: 2,
    functions: [
      {
        // main(status): wait(7); leave(status)
        params: [I32],
        results: [I32],
        body: [op.i32(7), op.call(0), op.drop, op.get(0), op.call(2)],
      },
      { params: [I32, I32, I32, I32], results: [I32], body: [op.get(0), op.get(1), op.get(2), op.get(3), op.call(1)] },
      { params: [I32], results: [I32], body: [op.get(0)] },
    ],
    exports: [
      { name: 'memory', kind: 'memory', index: 0 },
      { name: 'main', kind: 'function', index: main },
      { name: 'command', kind: 'function', index: main + 1 },
      { name: 'same', kind: 'function', index: main + 2 },
      { name: `${EXPORT_PREFIX}memory`, kind: 'memory', index: 0 },
      { name: `${EXPORT_PREFIX}stack_pointer`, kind: 'global', index: 0 },
      ...EVENTS.map(({ name }, index) => ({ name: EXPORT_PREFIX + name, kind: 'function', index: 3 + index })),
    ],
  });
}

/** What the program imports besides the host's: its glue, and the events that it exports. */
export function programImports({ leave = (status) => status, ...events } = {}) {
  const nothing = () => 0;
  const silent = Object.fromEntries(EVENTS.map(({ name }) => [name, nothing]));
  return { env: { leave }, events: { ...silent, scratch: () => 1024, ...events } };
}

/** A module that was not rewritten: it exports `same`. */
export function foreignBytes() {
  return assemble({
    functions: [{ params: [I32], results: [I32], body: [op.get(0)] }],
    exports: [{ name: 'same', kind: 'function', index: 0 }],
  });
}
