/**
 * Whether Direct Sockets are here, and if not, what is missing. Asked before they are touched: a worker whose app lacks the
 * policy "direct-sockets" would be ended, with all of its process, by its first socket (Chromium 156).
 */

/** The manifest of an Isolated Web App. */
const MANIFEST = '/.well-known/manifest.webmanifest';

/** @returns {boolean} the interface is there */
export function hasDirectSockets() {
  return typeof globalThis.TCPSocket === 'function' && typeof globalThis.UDPSocket === 'function';
}

/** @returns {string} what is missing here, where there is neither the interface nor Node */
export function missing() {
  const { location, isSecureContext } = globalThis;
  if (!location) return 'this is neither Node 22.3 or newer nor a page with Direct Sockets';
  if (location.protocol === 'isolated-app:')
    return 'this kind of worker has no Direct Sockets, pages and dedicated workers do';
  if (!isSecureContext) return 'this page is not secure, and Direct Sockets are for Isolated Web Apps alone';
  if (!/\bChrom(e|ium)\//.test(globalThis.navigator?.userAgent ?? '')) {
    return 'this browser has no Direct Sockets, Chromium’s Isolated Web Apps do';
  }
  return 'this page is not an Isolated Web App (`wasm-direct-sockets iwa` makes one)';
}

/**
 * Why the interface must not be used, though it is here.
 * @returns {Promise<string | undefined>}
 */
export async function refusal() {
  if (!globalThis.crossOriginIsolated) {
    return 'the app is not cross-origin isolated, its manifest needs "cross-origin-isolated" in permissions_policy';
  }
  return (await hasPolicy()) ? undefined : 'the manifest of the app needs "direct-sockets" in permissions_policy';
}

async function hasPolicy() {
  const policy = globalThis.document?.featurePolicy;
  if (policy) return policy.allowsFeature('direct-sockets');
  // A worker is not told its policy. It is what the manifest says; where that can't be read, the maker knows what he does.
  try {
    const manifest = await (await fetch(MANIFEST)).json();
    return manifest.permissions_policy?.['direct-sockets'] !== undefined;
  } catch {
    return true;
  }
}
