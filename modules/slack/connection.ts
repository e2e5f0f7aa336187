import type { Clock } from "@lanekeeper/session-queue";
import type { OpenSocket, SlackSocket } from "./socket.ts";

/** One envelope of Socket Mode. */
export interface Envelope {
  readonly id: string;
  /** `events_api`, `interactive`, … */
  readonly type: string;
  readonly payload: unknown;
}

/** What a connection tells. */
export interface ConnectionEvents {
  /** Slack is there: envelopes may come. */
  hello(): void;
  envelope(envelope: Envelope): void;
  /** Slack wants it to go, for instance for a `warning`; envelopes may still come until then. */
  leave(reason: string): void;
  /** It is over. Told once, and nothing after it. */
  closed(why: string): void;
}

/** How long things may take, in ms. */
export interface ConnectionTimes {
  /** From the beginning to `hello`. */
  readonly helloMs: number;
  /** Without a sign of life from Slack. */
  readonly silenceMs: number;
  /** For the last acknowledgements of a connection that goes. */
  readonly retireMs: number;
  /** For the handshake of the close. */
  readonly closeMs: number;
}

/** Options of {@linkcode Connection}. */
export interface ConnectionOptions {
  readonly url: string;
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  readonly times: ConnectionTimes;
  readonly on: ConnectionEvents;
}

/** One connection to Slack: from its opening over `hello` to its close. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #socket: SlackSocket;
  readonly #timers = new Map<string, unknown>();
  /** Envelopes that came and are not acknowledged. */
  readonly #owed = new Set<string>();
  #heardAtMs: number;
  #isRetiring = false;
  #isClosed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { clock, times, openSocket, url } = options;
    this.#heardAtMs = clock.now();
    this.#after("hello", times.helloMs, () => this.#drop("Slack said no hello"));
    try {
      this.#socket = openSocket(url, {
        message: (text) => this.#message(text),
        heard: () => this.#heardAtMs = clock.now(),
        closed: (why) => this.#closed(why),
      });
    } catch (error) {
      this.#clear("hello"); // an address that is none: there is nothing to wait for
      throw error;
    }
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Tells Slack that an envelope was taken, on the connection on which it came. */
  async acknowledge(id: string): Promise<void> {
    try {
      await this.#socket.send(JSON.stringify({ envelope_id: id }));
    } finally {
      this.release(id);
    }
  }

  /** An envelope that is not acknowledged, so that it comes again. */
  release(id: string): void {
    this.#owed.delete(id);
    if (this.#isRetiring && this.#owed.size === 0) this.#close();
  }

  /** Closes it once what came on it is acknowledged. */
  retire(): void {
    if (this.#isRetiring || this.#isClosed) return;
    this.#isRetiring = true;
    if (this.#owed.size === 0) return this.#close();
    this.#after("retire", this.#options.times.retireMs, () => this.#close());
  }

  #message(text: string): void {
    if (this.#isClosed) return;
    this.#heardAtMs = this.#options.clock.now();
    const message = parse(text);
    if (message === undefined) return;
    const { type, reason, envelope_id: id, payload } = message;
    const { on } = this.#options;
    if (type === "hello") {
      this.#clear("hello");
      this.#watch();
      on.hello();
    } else if (type === "disconnect") {
      on.leave(typeof reason === "string" ? reason : "unknown");
    } else if (typeof id === "string" && typeof type === "string") {
      this.#owed.add(id);
      on.envelope({ id, type, payload });
    }
  }

  /** A connection whose other side is gone looks open: so it is asked now and then. */
  #watch(): void {
    const { clock, times } = this.#options;
    if (times.silenceMs === Infinity) return;
    this.#after("silence", times.silenceMs / 3, () => {
      if (clock.now() - this.#heardAtMs >= times.silenceMs) return this.#drop("Slack is silent");
      this.#socket.ping();
      this.#watch();
    });
  }

  #close(): void {
    if (this.#isClosed || this.#timers.has("close")) return;
    this.#clear("retire");
    this.#clear("silence");
    this.#after("close", this.#options.times.closeMs, () => this.#drop("closed"));
    this.#socket.close();
  }

  #drop(why: string): void {
    // Told first: a socket that is dropped while it opens has its own words for that.
    this.#closed(why);
    this.#socket.terminate();
  }

  #closed(why: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const name of [...this.#timers.keys()]) this.#clear(name);
    this.#owed.clear();
    this.#options.on.closed(why);
  }

  #after(name: string, ms: number, fn: () => void): void {
    this.#clear(name);
    const timer = this.#options.clock.setTimeout(() => {
      this.#timers.delete(name);
      fn();
    }, ms);
    this.#timers.set(name, timer);
  }

  #clear(name: string): void {
    if (!this.#timers.has(name)) return;
    this.#options.clock.clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object"
      ? value as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}
