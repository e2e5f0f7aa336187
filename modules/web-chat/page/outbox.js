// @ts-check
/**
 * Sends messages in the order in which they were written, and keeps few requests open: a browser
 * has six connections to a host over HTTP/1.1, and Stop must always find one. An answer comes when
 * a message has its outcome, so an accepted one may be let go of: the event stream and the
 * transcript tell the rest, and a closed request cancels nothing.
 */

/** @typedef {import("./api.js").Answer} Answer */
/** @typedef {import("./api.js").Policy} Policy */
/** @typedef {{ message: string, policy: Policy }} ChatBody */
/**
 * @typedef {object} OutboxOptions
 * @property {(id: string, body: ChatBody, signal: AbortSignal) => Promise<Answer>} send
 * @property {(id: string, answer: Answer) => void} answered
 * @property {(fn: () => void, ms: number) => unknown} [setTimeout]
 */

export const OPEN_MAX = 3;
export const OUTBOX_MAX = 100;
/** How long a message waits for its predecessor to be seen accepted, should the stream be down. */
export const PATIENCE_MS = 1_000;

export class Outbox {
  #options;
  /** @type {{ id: string, body: ChatBody }[]} */
  #unsent = [];
  /** @type {Map<string, { abort: AbortController, accepted: boolean }>} */
  #open = new Map();
  /** The message that has been sent last, until it is seen accepted. @type {string | null} */
  #last = null;

  /** @param {OutboxOptions} options */
  constructor(options) {
    this.#options = {
      ...options,
      setTimeout: options.setTimeout ??
        ((/** @type {() => void} */ fn, /** @type {number} */ ms) => setTimeout(fn, ms)),
    };
  }

  /** Open requests. */
  get size() {
    return this.#open.size;
  }

  /**
   * Sends a message when its turn has come.
   * @param {string} id
   * @param {ChatBody} body
   * @returns {boolean} false: the outbox is full
   */
  push(id, body) {
    if (this.#unsent.length >= OUTBOX_MAX) return false;
    this.#unsent.push({ id, body });
    this.#next();
    return true;
  }

  /** The event stream shows the message: the server has it. @param {string} id */
  accepted(id) {
    const open = this.#open.get(id);
    if (open) open.accepted = true;
    if (this.#last === id) this.#last = null;
    this.#next();
  }

  /** Forgets what was not sent yet. @returns {string[]} the ids */
  clear() {
    return this.#unsent.splice(0).map((item) => item.id);
  }

  #next() {
    while (this.#last === null && this.#unsent.length > 0 && this.#makeRoom()) {
      const item = this.#unsent.shift();
      if (item) this.#post(item.id, item.body);
    }
  }

  /** @param {string} id @param {ChatBody} body */
  #post(id, body) {
    const abort = new AbortController();
    this.#open.set(id, { abort, accepted: false });
    this.#last = id;
    this.#options.setTimeout(() => this.#passed(id), PATIENCE_MS);
    this.#options.send(id, body, abort.signal).then((answer) => {
      if (abort.signal.aborted) return;
      this.#open.delete(id);
      this.#options.answered(id, answer);
      this.#passed(id);
    });
  }

  /** @param {string} id */
  #passed(id) {
    if (this.#last === id) this.#last = null;
    this.#next();
  }

  #makeRoom() {
    if (this.#open.size < OPEN_MAX) return true;
    // The newest accepted one has the longest to wait; the oldest is about to answer.
    const [id, open] = [...this.#open].findLast(([, entry]) => entry.accepted) ?? [];
    if (id === undefined || !open) return false;
    this.#open.delete(id);
    open.abort.abort();
    return true;
  }
}
