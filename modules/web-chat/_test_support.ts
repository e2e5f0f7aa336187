import {
  SessionEndedError,
  SessionQueue,
  type SessionQueueLimits,
} from "@lanekeeper/session-queue";
import { FakeClock, quiet } from "@lanekeeper/test/fake_clock";
import {
  type BackendState,
  type ChatBackend,
  type ChatMessage,
  type ChatSession,
  type ChatTranscriptEntry,
  createWebChat,
  SessionBoard,
  type WebChat,
  type WebChatOptions,
} from "./mod.ts";

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // deno-lint-ignore no-explicit-any -- whatever the JSON is; the tests compare it as a whole.
  readonly body: any;
}

/** A turn in the hands of the test. */
export interface Run {
  readonly text: string;
  emit(text: string): void;
  reply(text: string): void;
  fail(error: unknown): void;
}

/** What a test of the web chat works with: a real queue behind it, and no agent. */
export interface Bench {
  readonly chat: WebChat;
  readonly board: SessionBoard;
  readonly clock: FakeClock;
  readonly queue: SessionQueue<ChatMessage, string, ChatSession>;
  /** The turns of messages that begin with `hold`; others are answered at once. */
  readonly runs: Run[];
  /** What became a 500. */
  readonly errors: string[];
  /** Intervals that run: calling one is its tick. */
  readonly intervals: Set<() => void>;
  state: BackendState;
  /** What `create` and `transcript` do, where a test needs another thing. */
  onCreate: (id: string) => Promise<ChatSession>;
  onTranscript: () => Promise<readonly ChatTranscriptEntry[]>;
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** Opens a session for a client and gives its id. */
  open(client?: string): Promise<string>;
}

/** Options of {@linkcode Bench.request}. */
export interface RequestOptions {
  /** `x-client-id`; `""` for none. Default `ann`. */
  readonly client?: string;
  /** Sent as JSON; a text as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Options of {@linkcode bench}. */
export interface BenchOptions extends Partial<WebChatOptions> {
  readonly limits?: SessionQueueLimits;
  /** The queue's: refuses a message as `invalid`. */
  validate?(message: ChatMessage): boolean;
}

export function bench({ limits, validate, ...options }: BenchOptions = {}): Bench {
  const clock = new FakeClock();
  let nowMs = 1_000;
  const board = new SessionBoard({ now: () => nowMs++ });
  const runs: Run[] = [];
  const errors: string[] = [];
  const intervals = new Set<() => void>();
  const queue = new SessionQueue<ChatMessage, string, ChatSession>({
    run: (turn) => {
      const text = turn.inputs.map(({ message }) => message.text).join("+");
      if (text.startsWith("fail")) throw new RangeError(text);
      if (!text.startsWith("hold")) return `re: ${text}`;
      return new Promise<string>((reply, fail) => {
        runs.push({ text, emit: (piece) => turn.emit(piece), reply, fail });
        turn.signal.addEventListener("abort", () => fail(turn.signal.reason));
      });
    },
    resume: (id) => Promise.resolve(sessionOf(id)),
    close: () => {},
    observer: board,
    clock,
    ...(limits === undefined ? {} : { limits }),
    ...(validate === undefined ? {} : { validate }),
  });
  let sessions = 0;
  const given = {
    state: "ready" as BackendState,
    onCreate: (id: string) => Promise.resolve(sessionOf(id)),
    onTranscript: (): Promise<readonly ChatTranscriptEntry[]> => Promise.resolve([]),
  };
  /** As the host says it, if the session was ended just now. */
  const sessionOfQueue = (id: string): ChatSession => {
    const handle = queue.handleOf(id);
    if (handle === undefined) throw new SessionEndedError(id, "resume");
    return handle;
  };
  const backend: ChatBackend = {
    get state() {
      return given.state;
    },
    create: async () => {
      const id = `s${++sessions}`;
      await queue.create(id, { open: given.onCreate });
      return sessionOfQueue(id);
    },
    resume: async (id) => {
      await queue.resume(id);
      return sessionOfQueue(id);
    },
    isEnded: (id) => queue.isEnded(id),
    isPrivateDir: (path) => Promise.resolve(path.startsWith("/private")),
    belongsElsewhere: (id) => id.startsWith("other-"),
    find: (id) => queue.isConnected(id) ? queue.handleOf(id) : undefined,
    send: (id, message, sendOptions) => queue.send(id, message, sendOptions),
    stop: (id, stopOptions) => queue.stop(id, stopOptions),
    end: (id) => queue.end(id),
    transcript: () => given.onTranscript(),
    counts: () => ({ sessions: queue.size, running: queue.running, waiting: queue.waiting }),
  };
  const chat = createWebChat({
    backend,
    board,
    every: (fn) => {
      intervals.add(fn);
      return () => intervals.delete(fn);
    },
    onError: (error, { method, path }) => errors.push(`${method} ${path}: ${error}`),
    ...options,
  });
  const request: Bench["request"] = async (method, path, { client = "ann", ...more } = {}) => {
    const { body, headers } = more;
    const response = await chat.app.request(path, {
      method,
      headers: { ...(client === "" ? {} : { "x-client-id": client }), ...headers },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json");
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : text,
    };
  };
  return Object.assign(given, {
    ...{ chat, board, clock, queue, runs, errors, intervals, request },
    open: async (client = "ann") => {
      const { body } = await request("POST", "/api/session", { client });
      return String(body.session_id);
    },
  });
}

export function sessionOf(id: string): ChatSession {
  return { id, projectId: "default", workingDir: `/srv/${id}` };
}

/** One event of a stream, its data parsed; a comment has no event. */
export interface StreamEvent {
  readonly event: string | undefined;
  // deno-lint-ignore no-explicit-any -- whatever the JSON is; the tests compare it as a whole.
  readonly data: any;
}

/** A reader of `/api/events`. */
export interface Reader {
  readonly response: Response;
  /** The next event that is there, or `"nothing"`, or `"end"`. */
  next(): Promise<StreamEvent | "nothing" | "end">;
  /** All events that are there. */
  all(): Promise<StreamEvent[]>;
  /** Goes away, as a browser does that closes its page. */
  leave(): Promise<void>;
}

export async function readEvents({ chat }: Bench, client = "ann"): Promise<Reader> {
  const response = await chat.app.request("/api/events", { headers: { "x-client-id": client } });
  const reader = response.body?.getReader();
  if (response.status !== 200 || reader === undefined) throw new Error("There is no stream");
  const decoder = new TextDecoder();
  let text = "";
  let isOver = false;
  let reading: Promise<void> | undefined;
  const read = async () => {
    const { done, value } = await reader.read();
    if (done) isOver = true;
    else text += decoder.decode(value, { stream: true });
    reading = undefined;
  };
  const next: Reader["next"] = async () => {
    for (let round = 0; round < 20 && !text.includes("\n\n") && !isOver; round++) {
      reading ??= read();
      await quiet();
    }
    const end = text.indexOf("\n\n");
    if (end < 0) return isOver ? "end" : "nothing";
    const block = text.slice(0, end);
    text = text.slice(end + 2);
    const event = /^event: (.*)$/m.exec(block)?.[1];
    const data = /^data: (.*)$/m.exec(block)?.[1];
    return { event, data: data === undefined ? undefined : JSON.parse(data) };
  };
  return {
    response,
    next,
    all: async () => {
      const events: StreamEvent[] = [];
      for (let event = await next(); typeof event !== "string"; event = await next()) {
        events.push(event);
      }
      return events;
    },
    leave: () => reader.cancel(),
  };
}
