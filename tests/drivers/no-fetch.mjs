// --import this: the glue of Emscripten 3.1.6 was written for a node without fetch, and where it finds one
// gives it the path of its wasm. A quirk of that glue, with or without sockets.
delete globalThis.fetch;
