var wasmBinaryFile = "data:application/octet-stream;base64,AGFzbQEAAAA=";
WebAssembly.instantiate(decode(wasmBinaryFile), { env: { fd_write: _fd_write, __syscall_socket: ___syscall_socket, exit: _exit } });
