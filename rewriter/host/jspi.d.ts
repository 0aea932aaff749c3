/** JavaScript Promise Integration and exceptions, as far as the type checker's libraries lack them. */
declare namespace WebAssembly {
  /** A function that suspends the wasm that imports and calls it. */
  const Suspending: undefined | (new (fn: (...args: any[]) => unknown) => ImportValue & object);
  /** An export as a function that answers a promise. */
  const promising: undefined | ((fn: Function) => (...args: any[]) => Promise<unknown>);
  /** The tag of JavaScript's exceptions. */
  const JSTag: undefined | object;
}
