var info = { "env": proxy, "GOT.mem": new Proxy(proxy, handler), "GOT.func": new Proxy(proxy, handler) };
WebAssembly.instantiate(bytes, info);
