/**
 * Waiting: what the suspending import `wait` does. A ticket stands for one blocked call of the program; its wait settles
 * when the runtime wakes the ticket or when the ticket's time is over. Which of the two it was, and whether the call can
 * complete, is found out by the runtime when the call is tried again, so an early return does no harm.
 */

/** The longest delay that `setTimeout` keeps; a longer one would fire at once. */
const LONGEST_TIMER = 0x7fffffff;

/**
 * What waiting needs of the platform.
 * @typedef {object} EventLoop
 * @property {() => void} hold keeps the process alive; calls are counted
 * @property {() => void} release takes one `hold` back
 * @property {(callback: () => void) => void} endOfTurn calls back when what the event loop has found in this turn has been told
 * @property {(callback: () => void) => void} nextTurn calls back after the event loop has looked at everything once
 */

/**
 * The runtime's events that waiting needs.
 * @typedef {object} TicketEvents
 * @property {(ticket: number) => number} ticket_timeout
 * @property {(ticket: number) => void} ticket_expired
 */

/**
 * Told while a call is suspended, so that the glue does not take the program for finished.
 * @typedef {{push: () => void, pop: () => void}} Keepalive
 */

/** @typedef {{ticket: number, resolve: (answer: number) => void, timer: ReturnType<typeof setTimeout> | undefined}} Waiter */

/** The waits of one instance. */
export class Tickets {
  /** @type {TicketEvents} */
  #events;
  /** @type {EventLoop} */
  #loop;
  /** @type {Keepalive | undefined} */
  #keepalive;
  /** @type {Map<number, Waiter>} */
  #waiters = new Map();
  /** Tickets that were woken before anybody waited. @type {Set<number>} */
  #woken = new Set();
  /**
   * The first wait that is settled in a turn ends at once. Others that follow in the same turn, and are kept here, end
   * with it: a program that is resumed for each of many datagrams is suspended again before each next one.
   * @type {(() => void)[] | undefined}
   */
  #settled;

  /**
   * @param {TicketEvents} events
   * @param {EventLoop} loop
   * @param {Keepalive} [keepalive]
   */
  constructor(events, loop, keepalive) {
    this.#events = events;
    this.#loop = loop;
    this.#keepalive = keepalive;
  }

  /**
   * Waits for a ticket.
   * @param {number} ticket
   * @param {() => void} suspending called if the caller is going to be suspended
   * @returns {number | Promise<number>} 1, or a promise of it
   */
  wait(ticket, suspending) {
    if (this.#woken.delete(ticket)) return 1;
    const earlier = this.#waiters.get(ticket);
    if (earlier) this.#settle(earlier);
    const timeout = this.#events.ticket_timeout(ticket);
    suspending();
    this.#loop.hold();
    this.#keepalive?.push();
    return new Promise((resolve) => {
      /** @type {Waiter} */
      const waiter = { ticket, resolve, timer: undefined };
      this.#waiters.set(ticket, waiter);
      if (timeout > 0) this.#arm(waiter, timeout);
      else this.#loop.nextTurn(() => this.#expire(waiter));
    });
  }

  /**
   * Settles a ticket's wait, or lets its next wait return at once.
   * @param {number} ticket
   */
  wake(ticket) {
    const waiter = this.#waiters.get(ticket);
    if (waiter) this.#settle(waiter);
    else this.#woken.add(ticket);
  }

  /** Settles all waits: each call looks again whether it can go on. */
  wakeAll() {
    for (const waiter of [...this.#waiters.values()]) this.#settle(waiter);
  }

  /**
   * Calls back in a microtask, after the waits that have been settled have ended.
   * @param {() => void} callback
   */
  soon(callback) {
    if (this.#settled && this.#settled.length > 0) this.#settled.push(() => queueMicrotask(callback));
    else queueMicrotask(callback);
  }

  /**
   * @param {Waiter} waiter
   * @param {number} timeout in milliseconds, more than 0
   */
  #arm(waiter, timeout) {
    if (timeout === Number.POSITIVE_INFINITY) return;
    // Rounded up: a timer that fires before the deadline would have to be set again.
    waiter.timer = setTimeout(() => this.#timerFired(waiter), Math.min(Math.ceil(timeout), LONGEST_TIMER));
  }

  /** @param {Waiter} waiter */
  #timerFired(waiter) {
    // Timers count whole milliseconds of the event loop's own clock and can be early by one.
    const left = this.#events.ticket_timeout(waiter.ticket);
    if (left > 0) this.#arm(waiter, left);
    else this.#expire(waiter);
  }

  /** @param {Waiter} waiter */
  #expire(waiter) {
    if (this.#waiters.get(waiter.ticket) !== waiter) return;
    this.#events.ticket_expired(waiter.ticket);
    if (this.#waiters.get(waiter.ticket) === waiter) this.#settle(waiter);
  }

  /** @param {Waiter} waiter */
  #settle(waiter) {
    this.#waiters.delete(waiter.ticket);
    if (waiter.timer !== undefined) clearTimeout(waiter.timer);
    if (this.#settled) {
      this.#settled.push(() => this.#resume(waiter));
      return;
    }
    this.#resume(waiter);
    this.#settled = [];
    this.#loop.endOfTurn(() => {
      const settled = this.#settled ?? [];
      this.#settled = undefined;
      for (const end of settled) end();
    });
  }

  /** @param {Waiter} waiter */
  #resume(waiter) {
    this.#keepalive?.pop();
    this.#loop.release();
    waiter.resolve(1);
  }
}
