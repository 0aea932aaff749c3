// What the edited glue needs besides the bridge: the page's hook that instantiates in emcc's place.

/**
 * The page may give emcc's output a function that instantiates the wasm. It gets the imports and a function
 * to hand the instance to; it may also return the exports at once.
 *
 * @param {any} directSockets what createDirectSockets made
 */
export function adaptToGlue(directSockets) {
  const adapted = Object.create(directSockets);
  adapted.hook = (instantiate, imports, receive, extra) => {
    let own;
    let handedOut;
    const linked = directSockets.link(imports, extra);
    const result = instantiate(linked, (instance, ...more) => {
      own = instance;
      handedOut = directSockets.attach(instance, linked);
      return receive(handedOut, ...more);
    });
    // The glue takes exports that are returned at once over those that it received.
    return own && result === own.exports ? handedOut.exports : result;
  };
  return adapted;
}
