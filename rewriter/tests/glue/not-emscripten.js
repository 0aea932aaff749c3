console.log("app.wasm", "nothing to see here");
