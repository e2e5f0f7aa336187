import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type EventCallback, eventCallback, messageEvent, type SlackEvent } from "./events.ts";
import { Faults } from "./faults.ts";
import { HttpEvents } from "./http_events.ts";
import { Person } from "./person.ts";
import { Recorder } from "./recorder.ts";
import { type DeliveryOptions, SocketMode } from "./socket_mode.ts";
import { type Tokens, WebApi } from "./web_api.ts";
import { APP_IDS, type Channel, type Message, Workspace } from "./workspace.ts";

/** Options of {@linkcode startSlack}. */
export interface SlackOptions {
  /** The app's own messages are told to it as well, as to everybody. Default `true`. */
  readonly echoes?: boolean;
  /** Where events go. Default: over the socket. `none`: a test takes them from `events` itself. */
  readonly delivers?: "socket" | "none";
  /**
   * Whether a connection serves more than one call, as at Slack. Default `true`. The pool of `fetch`
   * keeps those open for some seconds after the last call; a test of what is left wants none.
   */
  readonly keepsAlive?: boolean;
}

/** Not secret: they are good on this machine, while a test runs. */
const SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5";

/**
 * A Slack on 127.0.0.1 for one test: the Web API, Socket Mode, the Events API over HTTP, and the
 * people who write. The real clients talk to it through `slackApiUrl`.
 *
 * When to use: to run the real Slack surface, or its clients, in a test. When not: for what is in no
 * client's way; a function that takes an event needs no server.
 */
export class LoopbackSlack {
  readonly ids: typeof APP_IDS = APP_IDS;
  readonly tokens: Tokens = {
    bot: "xoxb-loopback-bot-token",
    app: "xapp-1-A0LANE-loopback",
    isRevoked: false,
  };
  readonly signingSecret: string = SIGNING_SECRET;
  readonly workspace: Workspace = new Workspace(Math.floor(Date.now() / 1000));
  readonly recorder: Recorder = new Recorder();
  readonly faults: Faults = new Faults();
  readonly socket: SocketMode = new SocketMode(this.recorder);
  readonly http: HttpEvents = new HttpEvents(SIGNING_SECRET);
  /** Every event that the app was, or is to be, told of. */
  readonly events: EventCallback[] = [];
  readonly #options: Required<SlackOptions>;
  readonly #people = new Map<string, Person>();
  readonly #server: Server;
  readonly #api: WebApi;
  #eventIds = 0;

  constructor(options: SlackOptions = {}) {
    this.#options = { echoes: true, delivers: "socket", keepsAlive: true, ...options };
    this.#api = new WebApi({
      workspace: this.workspace,
      recorder: this.recorder,
      faults: this.faults,
      tokens: this.tokens,
      openConnection: () =>
        `${this.address.replace("http", "ws")}/link/?ticket=${this.socket.ticket()}`,
      announce: (event) => void (this.#options.echoes && this.emit(event)),
    });
    this.#server = createServer((request, response) => {
      if (!this.#options.keepsAlive) response.setHeader("connection", "close");
      this.#api.handle(request, response).catch((error) => response.destroy(error));
    });
    this.#server.on(
      "upgrade",
      (request, socket, head) => this.socket.upgrade(request, socket, head),
    );
  }

  /** Starts to listen, on a free port. */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, "127.0.0.1", resolve);
    });
  }

  get address(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** For the `slackApiUrl` of the clients. */
  get apiUrl(): string {
    return `${this.address}/api/`;
  }

  /** The person of this name. */
  person(name: string): Person {
    const found = this.#people.get(name) ?? new Person(this.workspace.addUser(name), {
      workspace: this.workspace,
      announce: (...events) => events.forEach((event) => this.emit(event)),
    });
    this.#people.set(name, found);
    return found;
  }

  /** A public channel with the app in it, unless the options say otherwise. */
  channel(options: Parameters<Workspace["addChannel"]>[0] = {}): Channel {
    return this.workspace.addChannel(options);
  }

  /** A message of a webhook or of another bot, in the old form (`bot_message`) or in today's. */
  botPost(
    text: string,
    options: { channel: Channel; subtype?: "bot_message"; thread?: string; botId?: string },
  ): Message {
    const { channel, subtype, thread, botId = "B0OTHER" } = options;
    const user = subtype === undefined ? "U0OTHER" : "";
    const posted = { channel: channel.id, user, text, botId, subtype, threadTs: thread };
    const message = this.workspace.add(posted);
    this.emit(messageEvent(this.workspace, message));
    return message;
  }

  /** Tells the app of something, as a new event. */
  emit(event: SlackEvent, options: DeliveryOptions = {}): EventCallback {
    const callback = eventCallback(event, `Ev0${String(++this.#eventIds).padStart(6, "0")}`);
    this.events.push(callback);
    if (this.#options.delivers === "socket") this.socket.deliver(callback, options);
    return callback;
  }

  /** The same event once more, in a new envelope that says so. */
  redeliver(callback: EventCallback, options: DeliveryOptions = {}): void {
    this.socket.deliver(callback, { retryAttempt: 1, ...options });
  }

  /** The events that tell of this message. */
  eventsOf({ ts }: Message): EventCallback[] {
    return this.events.filter(({ event }) => event["ts"] === ts);
  }

  /** Whether every event that tells of this message has been acknowledged, at least once. */
  isAcknowledged(message: Message): boolean {
    const acked = this.recorder.envelopes.filter(({ ackOrder }) => ackOrder !== undefined);
    const ids = new Set(acked.map(({ eventId }) => eventId));
    return this.eventsOf(message).every((callback) => ids.has(callback.event_id));
  }

  /** Everything that is held is let go, every socket is cut, and nothing listens any more. */
  async stop(): Promise<void> {
    this.faults.openAll();
    this.socket.stop();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

/** Starts a {@linkcode LoopbackSlack}; who starts it stops it. */
export async function startSlack(options: SlackOptions = {}): Promise<LoopbackSlack> {
  const slack = new LoopbackSlack(options);
  await slack.listen();
  return slack;
}

/** Runs a test with a Slack of its own, which is stopped at its end. */
export async function withSlack(
  test: (slack: LoopbackSlack) => Promise<void>,
  options: SlackOptions = {},
): Promise<void> {
  const slack = await startSlack(options);
  try {
    await test(slack);
  } finally {
    await slack.stop();
  }
}
