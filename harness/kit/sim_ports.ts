import type { Ledger } from "../ledger.ts";
import type { Level, RecordOf } from "../ledger_record.ts";
import type {
  AgentOptions,
  BackendHandle,
  ReportedRecord,
  SimBackend,
  SimEnv,
  SimStore,
  StoredLine,
} from "./adapter.ts";
import type { Step } from "../sim/world.ts";
import type { ReadySteps } from "./ready_steps.ts";
import type { ScriptedRuns } from "./scripted_runs.ts";
import type { SimClock } from "./sim_clock.ts";

/** What {@linkcode Ports} need of their world. */
export interface PortsWorld {
  readonly ledger: Ledger;
  readonly ready: ReadySteps;
  readonly clock: SimClock;
  readonly runs: ScriptedRuns;
  random(): number;
  /** The host calls the agent on these messages. */
  called(session: string, messages: readonly string[]): void;
  /** What the agent's side does when it is asked for a session. */
  backendOf(session: string, how: "open" | "resume"): "returns" | "fails" | "gone";
  /** The host broke the rules of its environment. */
  fault(error: Error): void;
}

/** The agent's side of a session is gone for good: `backend.resume()` rejects with it. */
export class BackendGoneError extends Error {
  override readonly name = "BackendGoneError";

  constructor(session: string) {
    super(`Session "${session}" is gone`);
  }
}

/** The ports of a world: each call is written down, and its end is a step. */
export class Ports {
  readonly #world: PortsWorld;
  readonly #lines: StoredLine[] = [];
  /** Lines that are being written. */
  readonly #writing = new Set<StoredLine>();
  #calls = 0;
  #handles = 0;

  constructor(world: PortsWorld) {
    this.#world = world;
  }

  /** What a host sees of them. */
  get env(): SimEnv {
    const world = this.#world;
    return {
      agent: (session, input, options) => this.#agent(session, input, options),
      clock: world.clock,
      random: () => world.random(),
      io: (what, session = "", options = {}) => this.#call(what, session, options),
      deliver: (session, message, reply) => this.#deliver(session, message, reply),
      backend: this.#backend,
      store: this.#store,
      ack: (event) => world.ledger.write({ kind: "event", event, act: "ack" }),
      report: (record: ReportedRecord) => world.ledger.write(record),
    };
  }

  /** The process of the host dies: of what it was writing a part is on disk. */
  die(): void {
    for (const line of this.#writing) this.#lines.push({ ...line, isTorn: true });
    this.#writing.clear();
  }

  readonly #backend: SimBackend = {
    open: (session, options) => this.#handle(session, "open", options),
    resume: (session, options) => this.#handle(session, "resume", options),
    close: (handle) => this.#close(handle),
    requestCancel: (session, level) => this.#requestCancel(session, level),
    steer: (session, message, options = {}) =>
      this.#world.runs.steer(session, message, options.signal),
    rollback: (session, message) => this.#rollback(session, message),
  };

  readonly #store: SimStore = {
    append: ({ what, session, message }) => {
      const line = { what, session, message };
      this.#writing.add(line);
      const done = () => {
        this.#writing.delete(line);
        this.#lines.push(line);
        this.#world.ledger.write({ kind: "stored", ...line });
      };
      return this.#call(`store ${what} ${message}`, session, { done });
    },
    read: async () => {
      await this.#call("read store", "");
      return [...this.#lines];
    },
  };

  #agent(session: string, input: string | readonly string[], options: AgentOptions = {}) {
    const text = typeof input === "string" ? input : input.join(" ");
    const messages = text.match(/\bm\d+\b/g);
    if (messages === null) {
      const error = new TypeError(
        `Cannot run the agent on "${text}": it names no message, such as m1`,
      );
      this.#world.fault(error);
      return Promise.reject(error);
    }
    this.#world.called(session, messages);
    return this.#world.runs.call(session, messages, options.signal);
  }

  /** A call that takes time: it ends with a step. */
  #call(
    what: string,
    session: string,
    { done, ...options }: { by?: string; done?(): void } = {},
  ): Promise<void> {
    const { ledger, ready } = this.#world;
    const call = ++this.#calls;
    const io = { kind: "io", port: what, session, call, ...options } as const;
    ledger.write({ ...io, act: "begin" });
    return new Promise((resolve) => {
      ready.add(
        `${what}${session === "" ? "" : ` ${session}`} #${call}`,
        whose(what, session),
        () => {
          ledger.write({ ...io, act: "end" });
          done?.();
          resolve();
        },
      );
    });
  }

  #deliver(session: string, message: string, reply: string): Promise<void> {
    const { ledger, ready, runs } = this.#world;
    const run = runs.runOfReply(reply);
    const record = {
      kind: "reply",
      session,
      message,
      run: run?.run ?? 0,
      from: run?.session ?? "",
    } as const;
    ledger.write({ ...record, act: "begin" });
    const call = ++this.#calls;
    return new Promise((resolve) => {
      ready.add(`deliver ${message} #${call}`, { actor: "delivery", session }, () => {
        ledger.write({ ...record, act: "end" });
        resolve();
      });
    });
  }

  #handle(
    session: string,
    how: "open" | "resume",
    { signal }: AgentOptions = {},
  ): Promise<BackendHandle> {
    const { ledger, ready } = this.#world;
    const call = ++this.#calls;
    const io = { kind: "io", port: how, session, call } as const;
    const whose = { actor: "backend", session };
    const does = this.#world.backendOf(session, how);
    ledger.write({ ...io, act: "begin" });
    return new Promise((resolve, reject) => {
      // From an abort on it may give up, and may as well still return.
      let stops: Step | undefined;
      const abort = () => {
        stops = ready.add(`${how} ${session} stops #${call}`, whose, () => {
          ready.remove(ends);
          ledger.write({ ...io, act: "fail", gone: false });
          reject(signal!.reason);
        });
      };
      const ends = ready.add(`${how} ${session} ${does} #${call}`, whose, () => {
        ready.remove(stops);
        signal?.removeEventListener("abort", abort);
        if (does === "returns") resolve(this.#open(session, io));
        else reject(this.#failure(session, { io, isGone: does === "gone" }));
      });
      if (signal?.aborted) abort();
      else signal?.addEventListener("abort", abort, { once: true });
    });
  }

  #open(session: string, io: IoCall): BackendHandle {
    const { ledger } = this.#world;
    const id = ++this.#handles;
    ledger.write({ ...io, act: "end" });
    ledger.write({ kind: "handle", session, handle: id, act: "open" });
    return { session, id };
  }

  #failure(session: string, { io, isGone }: { io: IoCall; isGone: boolean }): Error {
    this.#world.ledger.write({ ...io, act: "fail", gone: isGone });
    if (isGone) return new BackendGoneError(session);
    return new Error(`Backend failed to ${io.port} session "${session}"`);
  }

  async #close({ session, id }: BackendHandle): Promise<void> {
    this.#world.ledger.write({ kind: "handle", session, handle: id, act: "close" });
    await this.#call("close", session);
  }

  async #requestCancel(session: string, level: Level): Promise<void> {
    const run = this.#world.runs.openOf(session)?.run ?? 0;
    this.#world.ledger.write({ kind: "cancel", session, run, level });
    await this.#call(`cancel ${level}`, session);
  }

  async #rollback(session: string, message: string): Promise<void> {
    const { ledger, runs } = this.#world;
    const run = runs.latestOf(session, message)?.run ?? 0;
    const record = { kind: "rollback", session, message, run } as const;
    ledger.write({ ...record, act: "begin" });
    const done = () => ledger.write({ ...record, act: "end" });
    await this.#call("rollback", session, { done });
  }
}

/** What the records of one call have in common. */
type IoCall = Omit<RecordOf<"io">, "act">;

function whose(what: string, session: string): { actor: string; session: string } {
  return { actor: what.split(" ", 1)[0]!, session };
}
