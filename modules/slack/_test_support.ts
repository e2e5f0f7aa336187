import { type Receipt, SessionQueue, type SessionQueueLimits } from "@lanekeeper/session-queue";
import { FakeClock, quiet } from "@lanekeeper/test/fake_clock";
import {
  createSlack,
  type OpenSocket,
  type Slack,
  type SlackMessage,
  type SlackOptions,
  type SlackPlace,
  type SlackResult,
  type SlackWeb,
  type SocketHandlers,
} from "./mod.ts";

/** A call to Slack that waits for its answer. */
export interface HeldCall {
  readonly method: string;
  readonly args: Readonly<Record<string, unknown>>;
  answer(result?: SlackResult): void;
  fail(error: unknown): void;
}

/** What a refused call rejects with, as `@slack/web-api` has it. */
export function refusal(error: string): object {
  return { code: "slack_webapi_platform_error", data: { ok: false, error }, message: error };
}

/** What a limited call rejects with. */
export function limited(retryAfter: number): object {
  return { code: "slack_webapi_rate_limited_error", retryAfter };
}

/** A Slack that answers each call at once, or when a test says so. */
export class FakeWeb implements SlackWeb {
  /** `method` and its arguments, in the order in which they were called. */
  readonly calls: { method: string; args: Readonly<Record<string, unknown>> }[] = [];
  readonly held: HeldCall[] = [];
  readonly #holds = new Set<string>();
  readonly #failures = new Map<string, unknown[]>();
  #ts = 0;
  /** What `conversations.replies` and `conversations.history` give. */
  replies: readonly object[] = [];

  /** From now on calls of these methods wait. */
  hold(...methods: string[]): void {
    for (const method of methods) this.#holds.add(method);
  }

  /** The next calls of a method fail, one with each error. */
  failNext(method: string, ...errors: unknown[]): void {
    this.#failures.set(method, [...this.#failures.get(method) ?? [], ...errors]);
  }

  /** The arguments of all calls of a method. */
  of(method: string): Readonly<Record<string, unknown>>[] {
    return this.calls.filter((call) => call.method === method).map(({ args }) => args);
  }

  /** What was said in full, in order: posted, or as it was last edited. */
  said(): string[] {
    const texts = new Map<string, string>();
    for (const { method, args } of this.calls) {
      const text = String(args["markdown_text"] ?? "");
      if (method === "chat.postMessage" || method === "chat.startStream") {
        texts.set(this.#tsOf(texts.size + 1), text);
      } else if (method === "chat.delete") texts.delete(String(args["ts"]));
      else if (method === "chat.update") texts.set(String(args["ts"]), text);
      else if (method === "chat.appendStream" || method === "chat.stopStream") {
        const ts = String(args["ts"]);
        texts.set(ts, (texts.get(ts) ?? "") + text);
      }
    }
    return [...texts.values()];
  }

  apiCall(method: string, args: Record<string, unknown> = {}): Promise<SlackResult> {
    this.calls.push({ method, args });
    const failure = this.#failures.get(method)?.shift();
    if (failure !== undefined) return Promise.reject(failure);
    const result = this.#resultOf(method, args);
    if (!this.#holds.has(method)) return Promise.resolve(result);
    return new Promise((resolve, reject) => {
      this.held.push({
        method,
        args,
        answer: (given = result) => resolve(given),
        fail: reject,
      });
    });
  }

  #resultOf(method: string, { limit }: Record<string, unknown>): SlackResult {
    if (method === "auth.test") return { user_id: "UBOT", bot_id: "BBOT", team_id: "T1" };
    if (method === "apps.connections.open") return { url: "wss://slack.test" };
    if (method === "conversations.replies" || method === "conversations.history") {
      return { messages: this.replies.slice(0, Number(limit)) };
    }
    const makes = method === "chat.postMessage" || method === "chat.startStream";
    return makes ? { ts: this.#tsOf(++this.#ts) } : {};
  }

  #tsOf(n: number): string {
    return `9.${String(n).padStart(6, "0")}`;
  }
}

/** A socket in the hands of a test. */
export interface FakeSocket {
  readonly handlers: SocketHandlers;
  /** Envelopes that were acknowledged. */
  readonly acked: string[];
  /** Acknowledgements that wait, while `isSlow`. */
  readonly acking: (() => void)[];
  isSlow: boolean;
  pings: number;
  state: "open" | "closing" | "closed";
  /** Whether the other side answers a close. */
  isDeaf: boolean;
  say(message: object): void;
  hello(): void;
  cut(why?: string): void;
}

/** A port that opens sockets which do what a test says. */
export function fakeSockets(): { open: OpenSocket; all: FakeSocket[] } {
  const all: FakeSocket[] = [];
  const open: OpenSocket = (_url, handlers) => {
    const close = (why: string) => {
      if (socket.state === "closed") return;
      socket.state = "closed";
      handlers.closed(why);
    };
    const socket: FakeSocket = {
      handlers,
      acked: [],
      acking: [],
      isSlow: false,
      pings: 0,
      state: "open",
      isDeaf: false,
      say: (message) => handlers.message(JSON.stringify(message)),
      hello: () => socket.say({ type: "hello" }),
      cut: (why = "cut") => close(why),
    };
    all.push(socket);
    return {
      send: async (text) => {
        if (socket.isSlow) await new Promise<void>((go) => socket.acking.push(go));
        if (socket.state === "closed") throw new Error("the socket is closed");
        socket.acked.push(JSON.parse(text).envelope_id);
      },
      ping: () => void socket.pings++,
      close: () => {
        socket.state = "closing";
        if (!socket.isDeaf) queueMicrotask(() => close("closed"));
      },
      terminate: () => close("terminated"),
    };
  };
  return { open, all };
}

/** A turn in the hands of the test. */
export interface Run {
  readonly session: string;
  readonly text: string;
  readonly sender: string | undefined;
  readonly signal: AbortSignal;
  emit(text: string): void;
  reply(text: string): void;
  fail(error: unknown): void;
}

/** Where and how a post is made. */
export interface PostOptions {
  readonly channel?: string;
  readonly user?: string;
  readonly ts?: string;
  readonly thread?: string;
  readonly type?: string;
  readonly fields?: object;
}

/** Slack before a real queue, with no network and no agent. */
export interface Bench {
  readonly slack: Slack;
  readonly web: FakeWeb;
  readonly clock: FakeClock;
  readonly queue: SessionQueue<SlackMessage, string>;
  readonly sockets: FakeSocket[];
  /**
   * The turns of messages that begin with `hold`, or with `hold deaf` for one that ignores its cancel.
   * Others end at once.
   */
  readonly runs: Run[];
  /** What the agent was told, message by message, with the person in front where it was told who. */
  readonly told: string[];
  readonly errors: [error: unknown, place: SlackPlace][];
  /** What the observer was told, as `what: text`. */
  readonly log: string[];
  /** Sessions that were let rest. */
  readonly rested: string[];
  /** An envelope with a post in it, as it comes over the newest socket. Returns its id. */
  post(text: string, options?: PostOptions): string;
  /** Lets everything settle that can. */
  settle(): Promise<void>;
}

/** The options of {@linkcode bench} beside Slack's own. */
export interface BenchOptions extends Partial<SlackOptions> {
  readonly queueLimits?: SessionQueueLimits;
  readonly isStarted?: boolean;
}

export async function bench(options: BenchOptions = {}): Promise<Bench> {
  const { queueLimits = {}, isStarted = true, ...given } = options;
  const clock = new FakeClock();
  const web = new FakeWeb();
  const { open, all: sockets } = fakeSockets();
  const runs: Run[] = [];
  const told: string[] = [];
  const errors: Bench["errors"] = [];
  const log: string[] = [];
  const rested: string[] = [];
  const queue: Bench["queue"] = new SessionQueue<SlackMessage, string>({
    run: (turn) => {
      const text = turn.inputs.map(({ message }) => message.text).join("+");
      for (const { message: { sender, text: one } } of turn.inputs) {
        told.push(sender === undefined ? one : `${sender}: ${one}`);
      }
      if (text.startsWith("fail")) throw new RangeError(text);
      if (!text.startsWith("hold")) return `re: ${text}`;
      return new Promise<string>((reply, fail) => {
        const { session, signal } = turn;
        const { sender } = turn.inputs[0]!;
        runs.push({
          session,
          text,
          sender,
          signal,
          emit: (piece) => turn.emit(piece),
          reply,
          fail,
        });
        if (text.startsWith("hold deaf")) return;
        turn.signal.addEventListener("abort", () => fail(turn.signal.reason));
      });
    },
    observer: {
      started: (turn) => slack.observer.started?.(turn),
      emitted: (turn, data) => slack.observer.emitted?.(turn, data),
      stopping: (turn, level) => slack.observer.stopping?.(turn, level),
    },
    limits: queueLimits,
    clock,
  });
  const note = (what: string) => (place: SlackPlace) => void log.push(`${what}: ${place.text}`);
  const slack: Slack = createSlack({
    backend: {
      send: (session, message, sendOptions): Receipt<string> =>
        queue.send(session, message, sendOptions),
      stop: (session, stopOptions) => queue.stop(session, stopOptions),
      end: (session, endOptions) => queue.end(session, endOptions),
      look: (session) => {
        const found = queue.snapshot().find((one) => one.session === session);
        return { isRunning: found?.generation !== undefined, waiting: found?.waiting.length ?? 0 };
      },
      rest: (session) => rested.push(session),
    },
    botToken: "xoxb-test",
    appToken: "xapp-test",
    web: { bot: web, app: web },
    openSocket: open,
    clock,
    random: () => 0.5,
    sign: "off",
    streaming: "off",
    onError: (error, place) => void errors.push([error, place]),
    observer: {
      acknowledged: note("acknowledged"),
      started: note("started"),
      duplicate: note("duplicate"),
      settled: (place, how) => void log.push(`${how}: ${place.text}`),
      ignored: (reason) => void log.push(`ignored: ${reason}`),
      unacknowledged: (error) => void log.push(`unacknowledged: ${(error as Error).message}`),
    },
    ...given,
  });
  let envelopes = 0;
  const settle = async () => {
    for (let round = 0; round < 5; round++) await quiet();
  };
  if (isStarted) {
    const starting = slack.start();
    await settle();
    sockets[0]?.hello();
    await starting;
  }
  return {
    ...{ slack, web, clock, queue, sockets, runs, told, errors, log, rested, settle },
    post: (text, postOptions = {}) => {
      const id = `v${++envelopes}`;
      const payload = payloadOf(text, {
        ts: `1.${String(envelopes).padStart(6, "0")}`,
        ...postOptions,
      });
      sockets.at(-1)!.say({ envelope_id: id, type: "events_api", payload });
      return id;
    },
  };
}

/** The payload of an event: a mention in a channel, unless the options say otherwise. */
export function payloadOf(text: string, options: PostOptions = {}): object {
  const { channel = "C1", user = "U1", ts = "1.000001", thread, type = "app_mention" } = options;
  const inThread = thread === undefined ? {} : { thread_ts: thread };
  const event = { type, channel, user, ts, text, ...inThread, ...options.fields };
  // A redelivery has the id of its event; the same post told of as another type has its own.
  const id = `Ev-${channel}-${ts}-${type}`;
  return { type: "event_callback", team_id: "T1", event_id: id, event };
}
