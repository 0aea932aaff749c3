// Runs the merged program of execution.rs. The stand-in runtime's entry of accept4 waits once.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const waits = [];
const unused = () => assert.fail('a replaced import is called');
let rethrow = () => 0;
let stackPointer;
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(process.argv[2])), {
  env: {
    __syscall_accept4: unused,
    __syscall_recvfrom: unused,
    __syscall_sendto: unused,
    invoke_ii: unused,
    throw: (value) => { throw value === 7 ? new Error('of the program') : value; },
  },
  direct_sockets: {
    jstag: WebAssembly.JSTag,
    command: unused,
    now: () => performance.now(),
    rethrow: (e) => rethrow(e),
    wait: new WebAssembly.Suspending((ticket) => {
      waits.push(ticket);
      // Somebody else runs meanwhile and leaves the stack pointer elsewhere.
      stackPointer.value = 1000;
      return Promise.resolve(1);
    }),
  },
});
stackPointer = exports['direct_sockets.stack_pointer'];

// A stack that can suspend waits, and finds its stack pointer again.
assert.equal(await WebAssembly.promising(exports.accept)(), 77);
assert.deepEqual(waits, [5]);
assert.equal(stackPointer.value, 4096);

// One that cannot gets what sys_abandon answers, and the host is not called.
assert.equal(exports.accept(), -6);
assert.deepEqual(waits, [5]);
assert.equal(stackPointer.value, 4096);

// The runtime writes into the program's memory and reads from it, up to the last byte and no further.
const bytes = new Uint8Array(exports.memory.buffer);
assert.equal(exports.receive(100), 1);
assert.equal(new TextDecoder().decode(bytes.slice(100, 104)), 'the ');
assert.equal(exports.receive(65532), 1);
for (const pointer of [65533, 65536, 0x7fffffff, -1, -4]) {
  assert.equal(exports.receive(pointer), 0, `write to ${pointer}`);
  assert.equal(exports.send(pointer), 0, `read from ${pointer}`);
}
assert.equal(exports.send(65532), 1);
assert.equal(new Uint8Array(exports['direct_sockets.memory'].buffer)[16], bytes[65532]);

// invoke_*: a result; a thrown number that the glue would swallow; what it would throw on.
assert.equal(exports.invoke(0), 42);
assert.equal(exports.threw.value, 0);
assert.equal(exports.invoke(5), 0);
assert.equal(exports.threw.value, 1);
assert.equal(stackPointer.value, 4096);
exports.threw.value = 0;
const seen = [];
rethrow = (e) => { seen.push(e); return 1; };
assert.throws(() => exports.invoke(7), { message: 'of the program' });
assert.equal(seen[0].message, 'of the program');
assert.equal(exports.threw.value, 0);

console.log('done');
