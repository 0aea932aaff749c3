/** Waiting: wake-ups before and after, deadlines, turns of the event loop, and the hold on the process. */
import assert from 'node:assert/strict';
import { after, mock, test } from 'node:test';
import { Tickets } from '../tickets.js';
import { browserLoop } from '../backends/none.js';

const PATIENCE = { timeout: 20_000 };

function start(timeouts = {}, keepalive = undefined) {
  const log = [];
  const events = {
    ticket_timeout: (ticket) => {
      const timeout = timeouts[ticket] ?? Number.POSITIVE_INFINITY;
      return typeof timeout === 'function' ? timeout() : timeout;
    },
    ticket_expired: (ticket) => {
      log.push(ticket);
      if (timeouts.expired) timeouts.expired(ticket);
    },
  };
  const loop = {
    holds: 0,
    hold: () => {
      loop.holds += 1;
    },
    release: () => {
      loop.holds -= 1;
    },
    endOfTurn: setImmediate,
    nextTurn: setImmediate,
  };
  const tickets = new Tickets(events, loop, keepalive);
  return { tickets, log, loop };
}

/** A deadline that many milliseconds from now. */
function deadline(ms) {
  const at = performance.now() + ms;
  return () => Math.max(0, at - performance.now());
}

test('a wake settles the wait, once, and takes the hold back', PATIENCE, async () => {
  const { tickets, log, loop } = start();
  const wait = tickets.wait(1, () => {});
  assert.equal(loop.holds, 1);
  tickets.wake(1);
  assert.equal(loop.holds, 0);
  assert.equal(await wait, 1);
  assert.deepEqual(log, []);
});

test('the first wait that is settled in a turn ends at once, the others with the turn', PATIENCE, async () => {
  const { tickets, loop } = start();
  const order = [];
  const waits = [1, 2, 3].map((ticket) => tickets.wait(ticket, () => {}).then(() => order.push(ticket)));
  tickets.wake(1);
  tickets.wake(2);
  tickets.wake(3);
  assert.equal(loop.holds, 2, 'nobody takes the program for finished');
  setImmediate(() => order.push('next turn'));
  queueMicrotask(() => order.push('this turn'));
  await Promise.all(waits);
  assert.deepEqual(order, [1, 'this turn', 2, 3]);
  await new Promise(setImmediate);
  const again = tickets.wait(1, () => {}).then(() => order.push('again'));
  tickets.wake(1);
  await again;
  assert.deepEqual(order, [1, 'this turn', 2, 3, 'next turn', 'again']);
});

test('a ticket woken before it is waited for does not suspend', PATIENCE, () => {
  const { tickets, loop } = start();
  tickets.wake(1);
  assert.equal(
    tickets.wait(1, () => assert.fail('suspends')),
    1,
  );
  assert.equal(loop.holds, 0);
  assert.ok(tickets.wait(1, () => {}) instanceof Promise, 'one wake, one wait');
});

test('a deadline expires, not early', PATIENCE, async () => {
  const left = deadline(20.5);
  const { tickets, log, loop } = start({ 7: left });
  await tickets.wait(7, () => {});
  assert.deepEqual(log, [7]);
  assert.equal(left(), 0);
  assert.equal(loop.holds, 0);
});

test('a wake before the deadline: it never expires', PATIENCE, async () => {
  const { tickets, log } = start({ 1: deadline(10), 2: deadline(30) });
  const first = tickets.wait(1, () => {});
  const second = tickets.wait(2, () => {});
  tickets.wake(1);
  await Promise.all([first, second]);
  assert.deepEqual(log, [2]);
});

test('a timeout longer than timers can be does not fire at once', PATIENCE, async () => {
  let asked = 0;
  const month = () => {
    asked += 1;
    return 2 ** 32;
  };
  const { tickets, log } = start({ 1: month, 2: deadline(5) });
  const wait = tickets.wait(1, () => {});
  await tickets.wait(2, () => {});
  assert.deepEqual(log, [2]);
  assert.equal(asked, 1);
  tickets.wake(1);
  assert.equal(await wait, 1);
});

test('a timer that comes early is set again', PATIENCE, async () => {
  const answers = [1, 3, 2, 0];
  const { tickets, log } = start({ 1: () => answers.shift() });
  await tickets.wait(1, () => {});
  assert.deepEqual(answers, []);
  assert.deepEqual(log, [1]);
});

test('timeout 0 is one turn of the event loop', PATIENCE, async () => {
  const { tickets, log } = start({ 1: 0 });
  const order = [];
  setImmediate(() => order.push('before'));
  const wait = tickets.wait(1, () => {}).then(() => order.push('waited'));
  queueMicrotask(() => order.push('microtask'));
  await wait;
  assert.deepEqual(order, ['microtask', 'before', 'waited']);
  assert.deepEqual(log, [1]);
});

test('a turn that was overtaken by a wake does not end the next wait of that ticket', PATIENCE, async () => {
  const timeouts = { 1: 0 };
  const { tickets, log } = start(timeouts);
  const wait = tickets.wait(1, () => {});
  tickets.wake(1);
  await wait;
  timeouts[1] = Number.POSITIVE_INFINITY;
  let settled = false;
  tickets
    .wait(1, () => {})
    .then(() => {
      settled = true;
    });
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  assert.equal(settled, false);
  assert.deepEqual(log, []);
});

test('a wake from inside the expiry', PATIENCE, async () => {
  const timeouts = { 1: 1 };
  const { tickets, loop } = start(timeouts);
  timeouts.expired = () => {
    timeouts[1] = 0;
    tickets.wake(1);
  };
  setImmediate(() => {
    timeouts[1] = 0;
  });
  assert.equal(await tickets.wait(1, () => {}), 1);
  assert.equal(loop.holds, 0);
});

test('the glue is told while a call is suspended, and only then', PATIENCE, async () => {
  let depth = 0;
  const keepalive = { push: () => depth++, pop: () => depth-- };
  const { tickets } = start({ 3: 0 }, keepalive);
  const waits = [tickets.wait(1, () => {}), tickets.wait(3, () => {})];
  assert.equal(depth, 2);
  tickets.wake(1);
  assert.equal(depth, 1);
  await Promise.all(waits);
  assert.equal(depth, 0);
});

test("the browsers' event loop: a turn is a task, in order", PATIENCE, async () => {
  // Node would stay alive for an open channel, as a page does anyway.
  const channels = [];
  class Recorded extends MessageChannel {
    constructor() {
      super();
      channels.push(this);
    }
  }
  mock.property(globalThis, 'MessageChannel', Recorded);
  after(() => {
    mock.restoreAll();
    for (const { port1 } of channels) port1.close();
  });
  const { nextTurn } = browserLoop();
  const order = [];
  await new Promise((resolve) => {
    nextTurn(() => order.push(1));
    nextTurn(() => {
      order.push(2);
      resolve();
    });
    queueMicrotask(() => order.push('microtask'));
  });
  assert.deepEqual(order, ['microtask', 1, 2]);
  assert.equal(channels.length, 1);
});

test('all waits can be settled, and are not when they are settled again', PATIENCE, async () => {
  const { tickets, log, loop } = start({ 2: deadline(3_600_000) });
  const waits = [1, 2].map((ticket) => tickets.wait(ticket, () => {}));
  tickets.wakeAll();
  assert.deepEqual(await Promise.all(waits), [1, 1]);
  tickets.wakeAll();
  assert.deepEqual([loop.holds, log], [0, []], 'no ticket is over');
});
