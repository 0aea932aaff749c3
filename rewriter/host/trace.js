/**
 * Which calls of the program are traced: what was set when it was retrofitted, unless who runs it says otherwise.
 */

/** The environment variable. */
const VARIABLE = 'DIRECT_SOCKETS_TRACE';

/** The parameter of a page's URL. */
const PARAMETER = 'direct_sockets_trace';

/**
 * @param {number} [set] the setting
 * @returns {number} 0 none, 1 a line for each call, 2 with the time in front
 */
export function traceLevel(set = 0) {
  const asked = fromEnvironment() ?? fromAddress();
  if (asked === undefined || asked === '') return set;
  return Math.trunc(Number(asked)) || 0;
}

function fromEnvironment() {
  return typeof process === 'object' ? process.env?.[VARIABLE] : undefined;
}

function fromAddress() {
  const { location } = globalThis;
  return (location?.search && new URLSearchParams(location.search).get(PARAMETER)) || undefined;
}
