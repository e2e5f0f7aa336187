import type { Clock } from "@lanekeeper/session-queue";
import type { SlackCalls } from "./calls.ts";
import { Connection, type ConnectionTimes, type Envelope } from "./connection.ts";
import { SlackAuthError, SlackStoppedError } from "./errors.ts";
import type { OpenSocket } from "./socket.ts";

/** An envelope, and how it is answered. */
export interface EnvelopeDelivery {
  readonly envelope: Envelope;
  acknowledge(): Promise<void>;
  /** It will not be acknowledged: Slack delivers it again. */
  release(): void;
}

/** Options of {@linkcode SocketMode}. */
export interface SocketModeOptions {
  /** With the app-level token. */
  readonly calls: SlackCalls;
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  random(): number;
  readonly times: ConnectionTimes;
  onEnvelope(delivery: EnvelopeDelivery): void;
  /** It is connected, for the first time or again. */
  onConnected?(): void;
  /** A connection ended, or none came: it goes on trying, the next time in `retryMs`. */
  onTrouble?(why: string, retryMs: number): void;
  /** It cannot go on: Socket Mode is off, or the token is refused. */
  onFatal(error: SlackAuthError): void;
}

const BACKOFF_MS = 1_000;
const BACKOFF_MS_MAX = 30_000;
/** When Slack has too many connections of this app: those of others have to go first. */
const TOO_MANY_MS = 30_000;
/** A connection that lasted for so long was a good one: the next failure is the first. */
const STABLE_MS = 30_000;

/**
 * Keeps one connection of Socket Mode open, and two while one takes over from the other: so that there
 * is no moment in which Slack has nobody to deliver to.
 *
 * - Slack announces most ends (`warning`, `refresh_requested`). The next connection is opened then; once
 *   it has said hello the old one closes, when what came on it is acknowledged.
 * - Any other end is answered by a new connection: at once the first time, or if the one before lasted
 *   for 30 s, else after 2, 4, 8 … 30 s.
 * - `too_many_websockets` waits for 30 s and longer, so as not to take a connection from others.
 * - Nothing of this ever throws out of a timer or a listener.
 *
 * It takes the place of `@slack/socket-mode` 3.1.0, which closes the old connection first and then waits
 * for 5 s and more, so that acknowledgements under way are lost; ends the process when an envelope has
 * no inner event (`app_rate_limited`), when `disconnect()` races its reconnect (node-slack-sdk #2656)
 * and when Slack cannot be reached in a reconnect; and reads clocks of its own.
 */
export class SocketMode {
  readonly #options: SocketModeOptions;
  readonly #open = new Set<Connection>();
  #current: Connection | undefined = undefined;
  #currentSinceMs = 0;
  /** A connection is to be had: from the end of one, or its announcement, to the next hello. */
  #isWanted = false;
  #isConnecting = false;
  /** Before the next try, in ms. */
  #delayMs = 0;
  #failures = 0;
  #isStopped = false;
  #timer: unknown = undefined;
  #wake: () => void = () => {};
  #onAllClosed: (() => void) | undefined = undefined;
  #first: { resolve(): void; reject(error: unknown): void } | undefined = undefined;

  constructor(options: SocketModeOptions) {
    this.#options = options;
  }

  /** Whether Slack can deliver. */
  get isConnected(): boolean {
    return this.#current !== undefined;
  }

  /** How many connections there are, opening and closing ones too. */
  get connections(): number {
    return this.#open.size;
  }

  /** Fulfils with the first hello; rejects when that can never come. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#isStopped) return reject(new SlackStoppedError("connect"));
      this.#first = { resolve, reject };
      void this.#connect(0);
    });
  }

  /**
   * Closes all connections, each once what came on it is acknowledged.
   *
   * @param reason What a {@linkcode start} that still waits rejects with
   */
  stop(reason: Error = new SlackStoppedError("connect")): Promise<void> {
    this.#isStopped = true;
    this.#current = undefined;
    this.#wake();
    this.#first?.reject(reason);
    this.#first = undefined;
    for (const connection of this.#open) connection.retire();
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const before = this.#onAllClosed;
      this.#onAllClosed = () => {
        before?.();
        resolve();
      };
    });
  }

  /** Tries until a connection has said hello that nobody wants replaced. One loop at a time. */
  async #connect(delayMs: number): Promise<void> {
    this.#isWanted = true;
    this.#delayMs = delayMs;
    if (this.#isConnecting) return;
    this.#isConnecting = true;
    while (this.#isWanted && !this.#isStopped) {
      if (this.#delayMs > 0) await this.#sleep(this.#delayMs);
      if (this.#isStopped) break;
      const why = await this.#try();
      if (this.#isStopped) break;
      if (why === undefined) continue;
      this.#delayMs = this.#backoffMs(why);
      this.#options.onTrouble?.(why, this.#delayMs);
    }
    this.#isConnecting = false;
  }

  /** @returns why it did not work. */
  async #try(): Promise<string | undefined> {
    try {
      const { url } = await this.#options.calls.call("apps.connections.open", {});
      if (this.#isStopped) return undefined;
      return typeof url === "string" ? await this.#dial(url) : "Slack gave no address";
    } catch (error) {
      if (error instanceof SlackAuthError) this.#fatal(error);
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Fulfils when the connection has said hello, or with the reason why it did not. */
  #dial(url: string): Promise<string | undefined> {
    const { clock, openSocket, times } = this.#options;
    return new Promise((resolve) => {
      let isGreeted = false;
      const connection: Connection = new Connection({
        url,
        openSocket,
        clock,
        times,
        on: {
          hello: () => {
            isGreeted = true;
            this.#took(connection);
            resolve(undefined);
          },
          envelope: (envelope) =>
            this.#options.onEnvelope({
              envelope,
              acknowledge: () => connection.acknowledge(envelope.id),
              release: () => connection.release(envelope.id),
            }),
          leave: (reason) => {
            this.#leave(connection, reason);
            if (isGreeted) return;
            resolve(reason);
            connection.retire();
          },
          closed: (why) => {
            this.#closed(connection, why);
            resolve(why);
          },
        },
      });
      // A socket may fail in the very call that makes it.
      if (!connection.isClosed) this.#open.add(connection);
    });
  }

  #took(connection: Connection): void {
    if (this.#isStopped) return connection.retire();
    this.#isWanted = false;
    this.#current = connection;
    this.#currentSinceMs = this.#options.clock.now();
    for (const other of this.#open) if (other !== connection) other.retire();
    this.#first?.resolve();
    this.#first = undefined;
    this.#options.onConnected?.();
  }

  /** Slack wants this connection to end, and says why. */
  #leave(connection: Connection, reason: string): void {
    if (reason === "link_disabled") {
      return this.#fatal(new SlackAuthError("SLACK_APP_TOKEN", "link_disabled"));
    }
    if (this.#current !== connection) return;
    if (reason !== "too_many_websockets") return void this.#connect(0);
    this.#current = undefined;
    connection.retire();
    const delayMs = this.#backoffMs(reason);
    this.#options.onTrouble?.(reason, delayMs);
    void this.#connect(delayMs);
  }

  #closed(connection: Connection, why: string): void {
    this.#open.delete(connection);
    if (this.#current === connection) {
      this.#current = undefined;
      if (this.#options.clock.now() - this.#currentSinceMs >= STABLE_MS) this.#failures = 0;
      // At once the first time; one that ends soon after its hello, over and over, is a failure like any.
      const isFirst = this.#failures === 0;
      const delayMs = this.#backoffMs(why);
      this.#options.onTrouble?.(why, isFirst ? 0 : delayMs);
      void this.#connect(isFirst ? 0 : delayMs);
    }
    if (this.#open.size > 0 || !this.#isStopped) return;
    this.#onAllClosed?.();
    this.#onAllClosed = undefined;
  }

  #backoffMs(why: string): number {
    const baseMs = why === "too_many_websockets" ? TOO_MANY_MS : BACKOFF_MS;
    const ms = Math.min(baseMs * 2 ** this.#failures++, Math.max(BACKOFF_MS_MAX, baseMs * 4));
    return ms * (0.5 + this.#options.random() / 2);
  }

  #fatal(error: SlackAuthError): void {
    if (this.#isStopped) return;
    void this.stop(error);
    this.#options.onFatal(error);
  }

  #sleep(ms: number): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      this.#wake = () => {
        if (this.#timer !== undefined) clock.clearTimeout(this.#timer);
        this.#timer = undefined;
        this.#wake = () => {};
        resolve();
      };
      this.#timer = clock.setTimeout(() => this.#wake(), ms);
    });
  }
}
