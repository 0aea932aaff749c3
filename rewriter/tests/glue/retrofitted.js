var directSockets = (() => { function createDirectSockets() {} return createDirectSockets() })();
directSockets.instantiate(bytes, imports);
