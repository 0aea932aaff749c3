/**
 * The host script as the rewriter puts it into a glue: all files in the order in which they need each other, without
 * `import` lines and without the word `export`.
 */
import { readFileSync } from 'node:fs';

export const FILES = [
  'interface.js',
  'stacks.js',
  'tickets.js',
  'kinds.js',
  'sockets.js',
  'backends/none.js',
  'backends/node-tcp.js',
  'backends/node-udp.js',
  'backends/node.js',
  'backends/direct-access.js',
  'backends/direct-errors.js',
  'backends/direct-writes.js',
  'backends/direct-tcp.js',
  'backends/direct-udp.js',
  'backends/direct.js',
  'callbacks.js',
  'trace.js',
  'bridge.js',
];

/** @param {object} options of `createDirectSockets` */
export function prelude(options) {
  const text = FILES.map((file) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'))
    .join('\n')
    .replaceAll(/^import .*;$/gm, '')
    .replaceAll(/^export /gm, '');
  return `var directSockets=(()=>{${text}\nreturn createDirectSockets(${JSON.stringify(options)});})();\n`;
}
