import type {
  Agent,
  AgentSession,
  AgentTurn,
  CancelLevel,
  ChatMessage,
  OpenOptions,
} from "@lanekeeper/agents";
import { SessionGoneError } from "@lanekeeper/session-queue";
import { until } from "./settle.ts";

/** A turn in the hands of the test: it says when and how it ends. */
export interface ScriptedRun {
  readonly session: string;
  readonly turn: AgentTurn;
  /** Its messages: `a`, or `a+b`. */
  readonly text: string;
  readonly isSettled: boolean;
  /** Ends it. Default: `re: ` and its text. */
  reply(text?: string): void;
  fail(error: unknown): void;
}

/** What a test may hold up; `end` is the agent's own. */
export type Holdable = "open" | "resume" | "close" | "cancel" | "rollback" | "end";

/** A call that waits until the test lets it go. */
export interface HeldCall {
  readonly action: Holdable;
  readonly session: string;
  readonly signal: AbortSignal | undefined;
  go(): void;
  fail(error: unknown): void;
}

/**
 * An agent that does what the test says and nothing by itself: its turns end when the test ends them
 * or, unless it is `deaf`, when they are cancelled; each of its other calls can be held up. It writes
 * down what it was asked for, in order, and is the witness of `SINGLE_TURN` and `NO_CREATE_LEAK`.
 */
export class ScriptedAgent implements Agent {
  readonly name = "scripted";
  /** What it was asked for: `open s1`, `run s1: hello`, `cancel s1: graceful`, `close s1` … */
  readonly log: string[] = [];
  readonly runs: ScriptedRun[] = [];
  /** The sessions that are open, once for each handle. */
  readonly handles: string[] = [];
  readonly held: HeldCall[] = [];
  /** What can be resumed. */
  readonly stored = new Set<string>();
  /** Turns that began while another one of their session ran. */
  overlaps = 0;
  /** Ignores the abort of a turn. */
  deaf = false;
  /** What `requestCancel` does besides being noted; `undefined`: the agent has no such method. */
  onCancel: ((level: CancelLevel) => unknown) | undefined = () => {};
  /** Whether a turn takes a message while it runs; `undefined`: the agent has no such method. */
  onSteer: ((message: ChatMessage) => Promise<boolean> | boolean) | undefined = undefined;
  readonly #holds = new Set<Holdable>();

  /** Turns that have not settled. */
  get running(): number {
    return this.runs.filter(({ isSettled }) => !isSettled).length;
  }

  /** From now on these calls wait for the test. */
  hold(...actions: Holdable[]): void {
    for (const action of actions) this.#holds.add(action);
  }

  /** From now on calls go through again; what is held stays held. */
  unhold(...actions: Holdable[]): void {
    for (const action of actions) this.#holds.delete(action);
  }

  /** The turn of this text that runs, as soon as it does. */
  async began(text: string): Promise<ScriptedRun> {
    const find = () => this.runs.find((run) => run.text === text && !run.isSettled);
    await until(() => find() !== undefined, `a turn of "${text}"`);
    return find() as ScriptedRun;
  }

  /** The oldest held call of this kind, as soon as there is one; it is not held any more. */
  async asked(action: Holdable): Promise<HeldCall> {
    const find = () => this.held.findIndex((call) => call.action === action);
    await until(() => find() >= 0, `a call of "${action}"`);
    return this.held.splice(find(), 1)[0] as HeldCall;
  }

  async open({ id, projectId, workingDir, signal }: OpenOptions): Promise<AgentSession> {
    this.log.push(`open ${id}`);
    await this.#pass("open", id, signal);
    this.stored.add(id);
    return this.#session({ id, projectId, workingDir });
  }

  async resume(id: string): Promise<AgentSession> {
    this.log.push(`resume ${id}`);
    await this.#pass("resume", id);
    if (!this.stored.has(id)) throw new SessionGoneError(id);
    return this.#session({ id });
  }

  async close(): Promise<void> {
    this.log.push("end of the agent");
    await this.#pass("end", "");
  }

  #session(wanted: OpenOptions): AgentSession {
    const { id, projectId = "default", workingDir = "/" } = wanted;
    this.handles.push(id);
    const session: AgentSession = {
      info: { id, projectId, workingDir },
      run: (turn) => this.#run(id, turn),
      rollback: (turn) => {
        this.log.push(`rollback ${id}: ${turn}`);
        return this.#pass("rollback", id);
      },
      close: async () => {
        this.log.push(`close ${id}`);
        await this.#pass("close", id);
        this.handles.splice(this.handles.indexOf(id), 1);
      },
    };
    if (this.onSteer !== undefined) session.steer = (message) => this.#steer(id, message);
    if (this.onCancel === undefined) return session;
    const requestCancel = (level: CancelLevel) => {
      this.log.push(`cancel ${id}: ${level}`);
      if (!this.#holds.has("cancel")) return this.onCancel?.(level);
      return this.#pass("cancel", id);
    };
    return { ...session, requestCancel };
  }

  #steer(session: string, message: ChatMessage): Promise<boolean> | boolean {
    this.log.push(`steer ${session}: ${message.text}`);
    return this.onSteer?.(message) ?? false;
  }

  #run(session: string, turn: AgentTurn): Promise<string> {
    const text = turn.messages.map((message) => message.text).join("+");
    this.log.push(`run ${session}: ${text}`);
    if (this.runs.some((run) => run.session === session && !run.isSettled)) this.overlaps++;
    return new Promise((resolve, reject) => {
      let isSettled = false;
      const end = (settle: () => void) => {
        isSettled = true;
        settle();
      };
      this.runs.push({
        session,
        turn,
        text,
        get isSettled() {
          return isSettled;
        },
        reply: (reply = `re: ${text}`) => end(() => resolve(reply)),
        fail: (error) => end(() => reject(error)),
      });
      if (this.deaf) return;
      turn.signal.addEventListener("abort", () => end(() => reject(turn.signal.reason)));
    });
  }

  #pass(action: Holdable, session: string, signal?: AbortSignal): Promise<void> {
    if (!this.#holds.has(action)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.held.push({ action, session, signal, go: resolve, fail: reject });
    });
  }
}
