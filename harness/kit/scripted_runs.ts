import type { Ledger } from "../ledger.ts";
import type { Step } from "../sim/world.ts";
import type { ReadySteps } from "./ready_steps.ts";
import { ScriptedOffers, type SteerScript } from "./scripted_offers.ts";
import type { SimClock } from "./sim_clock.ts";

/** When a run that ignores its abort ends: long after every deadline of the host. */
const DEAF_MS = 3_600_000;

/** How an agent goes about a run. */
export type Script = "ends" | "throws" | "deaf";

/** One run that has not settled. */
export interface OpenRun {
  readonly run: number;
  readonly session: string;
  readonly messages: readonly string[];
  readonly reply: string;
  isAborted: boolean;
  /** It takes no notice of its abort. */
  readonly isDeaf: boolean;
}

/** What {@linkcode ScriptedRuns} needs of its world. */
export interface RunsWorld {
  readonly ledger: Ledger;
  readonly ready: ReadySteps;
  readonly clock: SimClock;
  /** Steps of work before each end, which are choices like any other. */
  readonly workSteps: number;
  scriptOf(message: string): Script;
  steerScriptOf(message: string): SteerScript;
  /** A run has settled, or was aborted. */
  settled(run: OpenRun, how: "end" | "throw" | "settle"): void;
  aborted(run: OpenRun, isDeaf: boolean): void;
  /** A run took one more message. */
  taken(run: OpenRun, message: string): void;
}

/**
 * The agent of a world: each of its acts is a step.
 *
 * - A run ends, or throws, as the operation that sent its message says.
 * - From the abort of its signal on it may also stop, with the signal's reason, before or instead of
 *   ending. A deaf one does not: it goes on for an hour on the world's clock.
 */
export class ScriptedRuns {
  readonly #world: RunsWorld;
  readonly #open = new Map<number, OpenRun>();
  readonly #replies = new Map<string, OpenRun>();
  readonly #errors = new Set<unknown>();
  readonly #offers: ScriptedOffers;
  /** For each open run: lets go of its signal. */
  readonly #deafen = new Map<number, () => void>();

  constructor(world: RunsWorld) {
    this.#world = world;
    this.#offers = new ScriptedOffers(world);
  }

  /** The runs that have not settled. */
  get open(): ReadonlyMap<number, OpenRun> {
    return this.#open;
  }

  /** The latest run of a session that has not settled. */
  openOf(session: string): OpenRun | undefined {
    let latest: OpenRun | undefined;
    for (const run of this.#open.values()) if (run.session === session) latest = run;
    return latest;
  }

  /** The run that gave this reply. */
  runOfReply(reply: unknown): OpenRun | undefined {
    return typeof reply === "string" ? this.#replies.get(reply) : undefined;
  }

  /** The latest run that began with a message. */
  latestOf(session: string, message: string): OpenRun | undefined {
    let latest: OpenRun | undefined;
    for (const run of this.#replies.values()) {
      if (run.session === session && run.messages[0] === message) latest = run;
    }
    return latest;
  }

  /** Offers a message to the run of a session that goes on. Fulfils with whether that has it. */
  steer(session: string, message: string, signal?: AbortSignal): Promise<boolean> {
    return this.#offers.offer(this.openOf(session), { session, message, signal });
  }

  /** Whether an agent threw this. */
  isAgentError(error: unknown): boolean {
    return this.#errors.has(error);
  }

  /** All open runs die with their process: they never settle, and nobody hears of them again. */
  die(): void {
    for (const deafen of this.#deafen.values()) deafen();
    this.#deafen.clear();
    this.#open.clear();
    this.#offers.die();
  }

  call(session: string, messages: readonly string[], signal?: AbortSignal): Promise<string> {
    const { ledger } = this.#world;
    const first = messages[0]!;
    const number = ledger.called(session, messages.length === 1 ? first : messages);
    const reply = `reply to ${messages.join("+")} in ${session}, run ${number}`;
    const isDeaf = this.#scriptOf(messages) === "deaf";
    const run: OpenRun = { run: number, session, messages, reply, isAborted: false, isDeaf };
    this.#open.set(number, run);
    this.#replies.set(reply, run);
    return new Promise((resolve, reject) => {
      this.#script(run, { resolve, reject, signal });
    });
  }

  #script(run: OpenRun, call: PendingCall): void {
    const { ready, workSteps } = this.#world;
    const script = this.#scriptOf(run.messages);
    const whose = { actor: `run ${run.run}`, session: run.session };
    const steps = new Set<Step>();
    const settle = (act: "end" | "throw" | "settle", give: () => void) => {
      for (const step of steps) ready.remove(step);
      deafen();
      this.#deafen.delete(run.run);
      this.#open.delete(run.run);
      this.#offers.close(run);
      this.#world.ledger.acted(run.session, run.messages[0]!, { run: run.run, act });
      give();
      this.#world.settled(run, act);
    };
    const ends = () => {
      if (script === "throws") {
        const error = new Error(`Agent failed on ${run.messages.join("+")}`);
        this.#errors.add(error);
        settle("throw", () => call.reject(error));
      } else settle("end", () => call.resolve(run.reply));
    };
    const last = `run ${run.run} ${script === "throws" ? "fails" : "ends"}`;
    const offerWork = (left: number): void => {
      const name = left === 0 ? last : `run ${run.run} works ${workSteps - left + 1}`;
      steps.add(ready.add(name, whose, () => left === 0 ? ends() : offerWork(left - 1)));
    };
    const abort = () => {
      run.isAborted = true;
      this.#world.ledger.acted(run.session, run.messages[0]!, { run: run.run, act: "abort" });
      this.#world.aborted(run, script === "deaf");
      if (script !== "deaf") {
        this.#offers.close(run);
        const reason = call.signal!.reason;
        const stops = () => settle("settle", () => call.reject(reason));
        steps.add(ready.add(`run ${run.run} stops`, whose, stops));
        return;
      }
      for (const step of steps) ready.remove(step);
      this.#world.ledger.acted(run.session, run.messages[0]!, { run: run.run, act: "ignore" });
      this.#world.clock.timer(ends, DEAF_MS, `run ${run.run} ends at last`);
    };
    const deafen = () => call.signal?.removeEventListener("abort", abort);
    this.#deafen.set(run.run, deafen);
    offerWork(workSteps);
    if (call.signal?.aborted) abort();
    else call.signal?.addEventListener("abort", abort);
  }

  #scriptOf(messages: readonly string[]): Script {
    let script: Script = "ends";
    for (const message of messages) {
      const one = this.#world.scriptOf(message);
      if (one === "deaf" || script === "ends") script = one;
    }
    return script;
  }
}

interface PendingCall {
  readonly resolve: (reply: string) => void;
  readonly reject: (reason: unknown) => void;
  readonly signal: AbortSignal | undefined;
}
