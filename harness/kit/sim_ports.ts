import type { Ledger, Level } from "../ledger.ts";
import type {
  AgentOptions,
  BackendHandle,
  ReportedRecord,
  SimBackend,
  SimEnv,
  SimStore,
  StoredLine,
} from "./adapter.ts";
import type { ReadySteps } from "./ready_steps.ts";
import type { ScriptedRuns } from "./scripted_runs.ts";
import type { SimClock } from "./sim_clock.ts";

/** What {@linkcode createEnv} needs of its world. */
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
export function createEnv(world: PortsWorld): SimEnv {
  const ports = new Ports(world);
  return {
    agent: (session, input, options) => ports.agent(session, input, options),
    clock: world.clock,
    random: () => world.random(),
    io: (what, session = "", options = {}) => ports.call(what, session, options),
    deliver: (session, message, reply) => ports.deliver(session, message, reply),
    backend: ports.backend,
    store: ports.store,
    ack: (event) => world.ledger.write({ kind: "event", event, act: "ack" }),
    report: (record: ReportedRecord) => world.ledger.write(record),
  };
}

class Ports {
  readonly #world: PortsWorld;
  readonly #lines: StoredLine[] = [];
  #calls = 0;
  #handles = 0;

  constructor(world: PortsWorld) {
    this.#world = world;
  }

  readonly backend: SimBackend = {
    open: (session) => this.#handle(session, "open"),
    resume: (session) => this.#handle(session, "resume"),
    close: (handle) => this.#close(handle),
    requestCancel: (session, level) => this.#requestCancel(session, level),
  };

  readonly store: SimStore = {
    append: async (line) => {
      await this.call(`store ${line.what} ${line.message}`, line.session);
      this.#lines.push(line);
      this.#world.ledger.write({ kind: "stored", ...line });
    },
    read: async () => {
      await this.call("read store", "");
      return [...this.#lines];
    },
  };

  agent(session: string, input: string | readonly string[], options: AgentOptions = {}) {
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
  call(what: string, session: string, options: { by?: string } = {}): Promise<void> {
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
          resolve();
        },
      );
    });
  }

  deliver(session: string, message: string, reply: string): Promise<void> {
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

  #handle(session: string, how: "open" | "resume"): Promise<BackendHandle> {
    const { ledger, ready } = this.#world;
    const call = ++this.#calls;
    const io = { kind: "io", port: how, session, call } as const;
    const does = this.#world.backendOf(session, how);
    ledger.write({ ...io, act: "begin" });
    return new Promise((resolve, reject) => {
      ready.add(`${how} ${session} ${does} #${call}`, { actor: "backend", session }, () => {
        if (does === "returns") {
          const id = ++this.#handles;
          ledger.write({ ...io, act: "end" });
          ledger.write({ kind: "handle", session, handle: id, act: "open" });
          resolve({ session, id });
          return;
        }
        const isGone = does === "gone";
        ledger.write({ ...io, act: "fail", gone: isGone });
        reject(
          isGone ? new BackendGoneError(session) : new Error(`Backend failed to ${how} ${session}`),
        );
      });
    });
  }

  async #close({ session, id }: BackendHandle): Promise<void> {
    this.#world.ledger.write({ kind: "handle", session, handle: id, act: "close" });
    await this.call("close", session);
  }

  async #requestCancel(session: string, level: Level): Promise<void> {
    const run = this.#world.runs.openOf(session)?.run ?? 0;
    this.#world.ledger.write({ kind: "cancel", session, run, level });
    await this.call(`cancel ${level}`, session);
  }
}

function whose(what: string, session: string): { actor: string; session: string } {
  return { actor: what.split(" ", 1)[0]!, session };
}
