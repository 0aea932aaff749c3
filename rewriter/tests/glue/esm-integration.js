import * as exports from "./app.wasm";
export default exports;
