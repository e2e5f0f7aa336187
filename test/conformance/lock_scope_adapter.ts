import {
  type BackendHandle,
  GUARANTEES,
  type HostAdapter,
  type HostOutcome,
  type HostSnapshot,
  type HostUnderTest,
  type Receipt,
  type SimEnv,
  type StopOptions,
} from "@lanekeeper/harness";
import { Cell, Claims, type Lock, LockManager, SingleFlight } from "@lanekeeper/lock-scope";
import { within } from "./_within.ts";

/**
 * A chat without a queue: a message claims its session, or is refused because that is busy. Whoever
 * needs the agent's side of a session shares one flight to it, and a client's conversation is only
 * forgotten if it still is the one that is gone.
 */
const adapter: HostAdapter = {
  name: "lock-scope: claims, flights and cells",
  level: 2,
  policies: { leavesNoTimer: true },
  // A conversation has a name of its own, under which nothing fails.
  guarantees: GUARANTEES.filter((guarantee) => guarantee !== "ERROR_CLASS"),
  create: (env) => new Chat(env),
};

export default adapter;

/** A lock for each session. A turn holds it from beginning to end, which `LOCK_NARROW` forbids. */
export const locked: HostAdapter = {
  name: "lock-scope: a lock for each session",
  level: 2,
  policies: { leavesNoTimer: true },
  features: ["withdraw"],
  guarantees: GUARANTEES.filter((guarantee) => guarantee !== "LOCK_NARROW"),
  create: (env) => createLocked(env),
};

/** How long a stop waits for the turn, in ms. */
const PATIENCE_MS = 10_000;

/** What a client has with the agent. The handle is missing while the connection is lost. */
interface Conversation {
  readonly name: string;
  handle: BackendHandle | undefined;
}

interface Turn {
  readonly controller: AbortController;
  readonly over: Promise<unknown>;
  /** Gives the session back. Whoever comes second does nothing by that. */
  release(): void;
}

/** What is known of one session. */
class Session {
  readonly name: string;
  readonly conversation = new Cell<Conversation | undefined>(undefined);
  /** The turn that has the claim. */
  turn: Turn | undefined;
  /** Whether its agent was called. */
  isRunning = false;

  constructor(name: string) {
    this.name = name;
  }
}

class Chat implements HostUnderTest {
  readonly #env: SimEnv;
  readonly #claims = new Claims();
  readonly #flights = new SingleFlight<string, void>();
  readonly #sessions = new Map<string, Session>();

  constructor(env: SimEnv) {
    this.#env = env;
  }

  send(name: string, message: string): Receipt {
    const claimed = { kind: "claim", key: name, by: message } as const;
    this.#env.report({ ...claimed, act: "check" });
    const claim = this.#claims.tryClaim(name);
    if (claim === undefined) return { accepted: false, reason: "busy" };
    const token = claim.generation;
    this.#env.report({ ...claimed, act: "claim", token });
    const session = this.#session(name);
    const controller = new AbortController();
    const release = () => {
      if (claim.release()) this.#env.report({ ...claimed, act: "release", token });
    };
    const turn = async () => {
      const outcome = await this.#run(session, message, controller.signal);
      session.turn = undefined;
      session.isRunning = false;
      release();
      return outcome;
    };
    const outcome = turn();
    session.turn = { controller, over: outcome, release };
    return { accepted: true, outcome };
  }

  async stop(name: string, { level }: StopOptions): Promise<{ abandoned: boolean }> {
    const { turn, isRunning } = this.#session(name);
    if (turn === undefined) return { abandoned: false };
    // A graceful stop lets the turn end by itself, once it has begun.
    if (level === "immediate" || !isRunning) turn.controller.abort();
    const isOver = await within(this.#env.clock, turn.over, PATIENCE_MS);
    // It has given its session back itself, and by now somebody else may have it.
    if (isOver) turn.release();
    return { abandoned: !isOver };
  }

  create(name: string): Promise<void> {
    return this.#flights.run(`open ${name}`, () => this.#open(this.#session(name)));
  }

  async resume(name: string): Promise<void> {
    if (this.#session(name).conversation.value === undefined) throw new Error("Nothing to resume");
    await this.#connect(this.#session(name));
  }

  async disconnect(name: string): Promise<void> {
    await this.#close(this.#session(name).conversation.value);
  }

  snapshot(): HostSnapshot {
    return {
      sessions: this.#claims.snapshot().map(({ key }) => ({
        session: key,
        guard: this.#claims.guardOf(key),
      })),
      held: { flights: this.#flights.size },
    };
  }

  #session(name: string): Session {
    const session = this.#sessions.get(name) ?? new Session(name);
    this.#sessions.set(name, session);
    return session;
  }

  async #run(session: Session, message: string, signal: AbortSignal): Promise<HostOutcome> {
    try {
      while (session.conversation.value?.handle === undefined) await this.#connect(session);
      signal.throwIfAborted();
      session.isRunning = true;
      const reply = await this.#env.agent(session.name, message, { signal });
      return { status: "completed", reply };
    } catch {
      return { status: signal.aborted ? "cancelled" : "failed" };
    }
  }

  /** Gets the handle back, or makes a conversation where there is none. */
  #connect(session: Session): Promise<void> {
    if (session.conversation.value === undefined) return this.create(session.name);
    return this.#flights.run(`resume ${session.name}`, () => this.#resume(session));
  }

  async #open(session: Session): Promise<void> {
    const handle = await this.#env.backend.open(session.name);
    const replaced = session.conversation.value;
    session.conversation.set({ name: `${session.name}#${handle.id}`, handle });
    this.#bound(session, session.conversation.value);
    await this.#close(replaced);
  }

  async #resume({ name, conversation }: Session): Promise<void> {
    const seen = conversation.read();
    if (seen.value === undefined || seen.value.handle !== undefined) return;
    try {
      const handle = await this.#env.backend.resume(name);
      // Meanwhile the client may have got another conversation: then nobody needs this handle.
      if (conversation.read() === seen) seen.value.handle = handle;
      else await this.#env.backend.close(handle);
    } catch (error) {
      const isGone = error instanceof Error && error.name === "BackendGoneError";
      if (isGone && conversation.compareAndSet(seen, undefined)) {
        this.#bound(this.#session(name), seen.value);
      }
      throw error;
    }
  }

  async #close(conversation: Conversation | undefined): Promise<void> {
    const handle = conversation?.handle;
    if (conversation === undefined || handle === undefined) return;
    conversation.handle = undefined;
    await this.#env.backend.close(handle);
  }

  #bound({ name, conversation }: Session, about: Conversation | undefined): void {
    this.#env.report({
      kind: "binding",
      client: name,
      session: conversation.value?.name,
      ...(about === undefined ? {} : { about: about.name }),
    });
  }
}

function createLocked(env: SimEnv): HostUnderTest {
  const locks = new LockManager();
  const held = new Map<string, Lock | null>();
  return {
    send(session, message, { signal }) {
      const wanted = { kind: "lock", key: session, by: message } as const;
      const giveUp = () => env.report({ ...wanted, act: "release" });
      signal?.addEventListener("abort", giveUp);
      env.report({ ...wanted, act: "wait" });
      return locks.request(session, { signal }, async (lock) => {
        signal?.removeEventListener("abort", giveUp);
        env.report({ ...wanted, act: "hold" });
        held.set(session, lock);
        try {
          return await env.agent(session, message, { signal });
        } finally {
          held.delete(session);
          env.report({ ...wanted, act: "release" });
        }
      });
    },
    snapshot: () => ({
      sessions: Array.from(held, ([session, guard]) => ({ session, guard })),
      held: { locks: locks.size },
    }),
  };
}
