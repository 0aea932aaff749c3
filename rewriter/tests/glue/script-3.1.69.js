"use strict";var wasmImports={j:___syscall_socket,a:_fd_write};function getWasmImports(){return{a:wasmImports}}
function createWasm(){var info=getWasmImports();wasmBinaryFile??=findWasmBinary();return WebAssembly.instantiate(bytes,info)}
function findWasmBinary(){var f="app.wasm";return locateFile("app.wasm")}
var wasmExports=createWasm();
var _main=Module["_main"]=(a0,a1)=>(_main=Module["_main"]=wasmExports["q"])(a0,a1);
var keepRuntimeAlive=()=>noExitRuntime;
var maybeExit=()=>{if(runtimeExited){return}if(!keepRuntimeAlive()){try{_exit(EXITSTATUS)}catch(e){handleException(e)}}};
function callMain(args=[]){var entryFunction=_main;try{var ret=entryFunction(argc,argv);exitJS(ret,true);return ret}catch(e){return handleException(e)}}
function run(){callMain(args);postRun()}
