// @ts-check
/**
 * The event stream. The browser reconnects by itself after a broken connection, but gives up for
 * good on an HTTP error (a server that starts, drains or sits behind a proxy): then this module
 * tries again, at growing intervals.
 */

/** @typedef {import("./api.js").SessionView} SessionView */
/** @typedef {"connecting" | "live" | "reconnecting"} Link */
/**
 * @typedef {object} Handlers
 * @property {(data: { sessions: SessionView[], now: number, agent?: string }) => void} sessions
 * @property {(view: SessionView) => void} session
 * @property {(data: { session_id: string, turn: string, text: string }) => void} text
 * @property {() => void} draining
 * @property {(link: Link) => void} link
 */
/**
 * @typedef {object} StreamOptions
 * @property {typeof EventSource} [Source]
 * @property {(fn: () => void, ms: number) => unknown} [setTimeout]
 * @property {(handle: any) => void} [clearTimeout]
 */

export const RETRY_MIN_MS = 1_000;
export const RETRY_MAX_MS = 15_000;
const CLOSED = 2;

/** @param {number} attempt 0 for the first */
export function retryDelayMs(attempt) {
  return Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(attempt, 10));
}

export class EventStream {
  #url;
  #handlers;
  #options;
  /** @type {EventSource | null} */
  #source = null;
  /** @type {unknown} */
  #timer = null;
  #attempt = 0;
  #opened = false;

  /**
   * @param {string} url
   * @param {Handlers} handlers
   * @param {StreamOptions} [options]
   */
  constructor(url, handlers, options = {}) {
    this.#url = url;
    this.#handlers = handlers;
    this.#options = {
      Source: options.Source ?? globalThis.EventSource,
      setTimeout: options.setTimeout ??
        ((/** @type {() => void} */ fn, /** @type {number} */ ms) => setTimeout(fn, ms)),
      clearTimeout: options.clearTimeout ?? ((/** @type {any} */ handle) => clearTimeout(handle)),
    };
  }

  /** Opens the stream, or opens it anew. */
  open() {
    this.close();
    this.#handlers.link(this.#opened ? "reconnecting" : "connecting");
    const source = new this.#options.Source(this.#url);
    this.#source = source;
    source.onopen = () => {
      this.#attempt = 0;
      this.#opened = true;
      this.#handlers.link("live");
    };
    source.onerror = () => this.#failed(source);
    this.#on(source, "sessions", this.#handlers.sessions);
    this.#on(source, "session", this.#handlers.session);
    this.#on(source, "text", this.#handlers.text);
    this.#on(source, "draining", this.#handlers.draining);
  }

  /** Closes the stream and forgets a retry that is due. */
  close() {
    this.#source?.close();
    this.#source = null;
    if (this.#timer !== null) this.#options.clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** @param {EventSource} source */
  #failed(source) {
    if (source !== this.#source) return;
    this.#handlers.link(this.#opened ? "reconnecting" : "connecting");
    if (source.readyState !== CLOSED || this.#timer !== null) return;
    const delay = retryDelayMs(this.#attempt++);
    this.#timer = this.#options.setTimeout(() => {
      this.#timer = null;
      this.open();
    }, delay);
  }

  /**
   * @param {EventSource} source
   * @param {string} name
   * @param {(data: any) => void} handle
   */
  #on(source, name, handle) {
    source.addEventListener(name, (event) => {
      if (source !== this.#source) return;
      let data;
      try {
        data = JSON.parse(event.data);
      } catch {
        return; // Half an event from a connection that broke: the next snapshot repairs it.
      }
      handle(data);
    });
  }
}
