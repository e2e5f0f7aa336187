import assert from "node:assert/strict";
import {
  type AgentScript,
  ScriptedAgent,
  type Step,
  SteppedClock,
  type World,
} from "@lanekeeper/harness";
import { type Receipt, SessionQueue, type SessionTurn, type StopOptions } from "../mod.ts";
import { QueueOracle } from "./queue_oracle.ts";

/** What somebody may do with a session. */
export type Op =
  | "send"
  | "interrupt"
  | "supersede"
  | "collect"
  | "withdraw"
  | keyof typeof STOPS
  | "end"
  | "create"
  | "resume"
  | "revive"
  | "disconnect"
  | "stopAll";

/** What a world is made of. */
export interface Plan {
  readonly ops: readonly Op[];
  /** How many operations there are in all. */
  readonly count: number;
  readonly sessions?: readonly string[];
  readonly script?: AgentScript;
  readonly onAbandon?: "block" | "proceed";
  /** Whether a turn can be abandoned, and a stop or an end has a deadline: timers are steps. */
  readonly timers?: boolean;
  /** Whether sessions have handles, whose `open` and `resume` return or throw as steps. */
  readonly handles?: boolean;
  /** Whether `close` and `requestCancel` return when they may, which are steps, too. */
  readonly slow?: boolean;
}

const STOPS = {
  "stop": {},
  "stop, keep": { queued: "keep" },
  "stop gracefully": { level: "graceful" },
} as const satisfies Record<string, StopOptions>;

/** One queue, and all that may happen to it as steps. */
export class QueueWorld implements World {
  readonly #plan: Plan;
  readonly #clock = new SteppedClock();
  readonly #oracle: QueueOracle;
  readonly #agent: ScriptedAgent;
  readonly #queue: SessionQueue<string, string, string>;
  readonly #sessions: readonly string[];
  readonly #receipts: Receipt<string>[] = [];
  readonly #handles = new Set<string>();
  readonly #calls: Step[] = [];
  /** Sessions of which a turn is being cancelled by the agent's own hook. */
  readonly #cancelling = new Set<string>();
  #isAtRest = false;
  #callCount = 0;
  #opCount = 0;
  #promises = 0;

  constructor(plan: Plan, situations: Map<string, number>) {
    this.#plan = plan;
    this.#sessions = plan.sessions ?? ["a"];
    const oracle = new QueueOracle(situations, (session) => this.#guardOf(session));
    this.#oracle = oracle;
    this.#agent = new ScriptedAgent(oracle.ledger, { scriptOf: () => plan.script ?? {} });
    this.#queue = new SessionQueue<string, string, string>({
      run: (turn) => this.#run(turn),
      clock: this.#clock,
      onAbandon: plan.onAbandon ?? "block",
      ...(plan.timers ? {} : { abandonAfterMs: Infinity }),
      limits: plan.timers ? {} : { openMs: Infinity, closeMs: Infinity },
      observer: {
        accepted: (message) =>
          oracle.accepted(message, this.#guardOf(message.session) !== undefined),
        started: (turn) => oracle.started(turn),
        settled: (message, outcome) => oracle.settled(message, outcome),
        opened: (session) => oracle.opened(session),
      },
      onError: (error) => oracle.breaks(`an error without a caller: ${error}`),
      ...(plan.handles ? this.#hooks() : {}),
    });
  }

  enabled(): Step[] {
    const steps: Step[] = [];
    if (this.#opCount < this.#plan.count) {
      for (const session of this.#sessions) {
        for (const op of this.#plan.ops) {
          if (op === "withdraw" && this.#unsettled(session) === undefined) continue;
          steps.push({ label: `${op} ${session}`, run: () => this.#do(op, session) });
        }
      }
    }
    // A timer never fires in the middle of what a step set off: a runtime finishes that first.
    const timers = this.#isAtRest ? this.#timers() : [];
    return [...steps, ...this.#agent.enabled(), ...this.#calls, ...timers];
  }

  taking(): void {
    this.#isAtRest = false;
  }

  check(): void {
    this.#isAtRest = true;
    for (const { session, running, waiting } of this.#queue.snapshot()) {
      this.#oracle.check(session, running, waiting);
    }
  }

  finish(): void {
    const open = this.#sessions.filter((session) => this.#queue.isConnected(session));
    const inUse = new Set(
      this.#plan.handles ? open.map((session) => this.#queue.handleOf(session)!) : [],
    );
    this.#oracle.ledger.rest({
      promises: this.#promises,
      sessions: this.#queue.size - open.length,
      guards: this.#queue.running,
      waiting: this.#queue.waiting,
      timers: this.#clock.pending,
      leakedHandles: [...this.#handles].filter((handle) => !inUse.has(handle)).length,
      closedHandles: [...inUse].filter((handle) => !this.#handles.has(handle)).length,
    });
    this.#oracle.finish(this.#receipts, this.#plan.onAbandon === "proceed");
  }

  #do(op: Op, session: string): void {
    this.#opCount++;
    switch (op) {
      case "send":
      case "interrupt":
      case "supersede":
      case "collect":
        this.#oracle.asked(op, session);
        return this.#send(op, session);
      case "withdraw": {
        const receipt = this.#unsettled(session)!;
        this.#oracle.asked("withdraw", receipt.id);
        receipt.withdraw();
        return;
      }
      case "stopAll":
        this.#oracle.asked("stopAll", "");
        return this.#hold(this.#queue.stopAll(this.#deadline()));
      default:
        this.#oracle.asked(op in STOPS ? "stop" : op, session);
        return this.#hold(this.#ask(op, session));
    }
  }

  #ask(op: keyof typeof STOPS | "end" | "create" | "resume" | "revive" | "disconnect", a: string) {
    switch (op) {
      case "create":
        return this.#queue.create(a);
      case "resume":
        return this.#queue.resume(a);
      case "revive":
        return this.#queue.resume(a, { revive: true });
      case "disconnect":
        return this.#queue.disconnect(a);
      case "end":
        return this.#queue.end(a, this.#deadline());
      default:
        return this.#queue.stop(a, { ...STOPS[op], ...this.#deadline() });
    }
  }

  #send(op: "send" | "interrupt" | "supersede" | "collect", session: string): void {
    const isEnded = this.#queue.isEnded(session);
    const running = this.#queue.snapshot().find((one) => one.session === session)?.running ?? [];
    this.#oracle.taken(running);
    const receipt: Receipt<string> = this.#queue.send(session, "text", {
      ...(op === "send" ? {} : { policy: op === "collect" ? "collect" : "interrupt" }),
      ...(op === "supersede" ? { queued: "supersede" } : {}),
      deliver: () => this.#oracle.delivered(receipt.id),
    });
    this.#receipts.push(receipt);
    this.#hold(receipt.outcome);
    const expected = this.#queue.draining ? "draining" : isEnded ? "ended" : undefined;
    assert.equal(receipt.reason, expected);
    if (expected !== undefined) this.#oracle.came(`refused: ${expected}`);
  }

  #run(turn: SessionTurn<string, string>): Promise<string> {
    const { handle, session, id, signal, live } = turn;
    if (!live || signal.aborted) this.#oracle.breaks(`${id} begins although it was cancelled (B6)`);
    if (this.#plan.handles && !this.#handles.has(handle)) {
      this.#oracle.breaks(`a turn begins with the handle ${handle}, which is not open`);
    }
    if (this.#cancelling.has(session)) {
      this.#oracle.breaks(`CANCEL_NOT_STICKY: ${id} begins while another turn is being cancelled`);
    }
    return this.#agent.run(session, id, { signal });
  }

  #hooks() {
    const give = (how: string) => (session: string) =>
      new Promise<string>((resolve, reject) => {
        const handle = `${session}#${this.#callCount + 1}`;
        const returns = () => {
          this.#handles.add(handle);
          resolve(handle);
        };
        this.#offer(how, { returns, throws: () => reject(new Error(`${how} failed`)) });
      });
    const close = (handle: string) => {
      if (!this.#handles.delete(handle)) this.#oracle.breaks(`${handle} is closed, but not open`);
      return this.#slowly("close");
    };
    const requestCancel = async (_handle: string, _level: string, turn: { session: string }) => {
      this.#cancelling.add(turn.session);
      await this.#slowly("cancel");
      this.#cancelling.delete(turn.session);
    };
    return { open: give("open"), resume: give("resume"), close, requestCancel };
  }

  #timers(): Step[] {
    return this.#clock.enabled().map(({ label, run }) => ({
      label,
      run: () => {
        // A cancel is waited for no longer than this.
        this.#cancelling.clear();
        run();
      },
    }));
  }

  #slowly(what: string): Promise<void> {
    if (!this.#plan.slow) return Promise.resolve();
    return new Promise((returns) => this.#offer(what, { returns }));
  }

  /** Ways in which a call may settle, as steps: the first that is taken takes the others away. */
  #offer(what: string, ways: Record<string, () => void>): void {
    const call = `${what} ${++this.#callCount}`;
    const steps = Object.entries(ways).map(([way, act]): Step => ({
      label: `${call} ${way}`,
      run: () => {
        for (const step of steps) this.#calls.splice(this.#calls.indexOf(step), 1);
        act();
      },
    }));
    this.#calls.push(...steps);
  }

  /** Every promise handed out settles (`FUTURE_SETTLES`); how is looked at elsewhere. */
  #hold(promise: Promise<unknown>): void {
    this.#promises++;
    const settle = () => void this.#promises--;
    promise.then(settle, settle);
  }

  #deadline(): { deadlineMs?: number } {
    return this.#plan.timers ? {} : { deadlineMs: Infinity };
  }

  #guardOf(name: string): number | undefined {
    return this.#queue.snapshot().find(({ session }) => session === name)?.generation;
  }

  #unsettled(name: string): Receipt<string> | undefined {
    return this.#receipts.findLast(({ session, status }) =>
      session === name && (status === "waiting" || status === "running")
    );
  }
}
