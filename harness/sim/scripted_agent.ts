import type { Step } from "./world.ts";
import { isSettling, type Ledger } from "../ledger.ts";
import type { AbortAct, AgentAct } from "../ledger_record.ts";

/** What an agent may do in a run. */
export interface AgentScript {
  /**
   * The stages of a run, one after the other. Each is left by one of its acts; where there are
   * several, whoever controls the agent chooses. The acts of the last stage are `end` and `throw`,
   * and wherever one of these is taken the run is over. Default: `[["end"]]`.
   */
  stages?: readonly (readonly AgentAct[])[];
  /**
   * What it may do, besides, from when its signal is aborted: `settle` ends the run with the abort's
   * reason; `ignore` makes it deaf for the rest of the run. Default: `["settle"]`.
   */
  onAbort?: readonly AbortAct[];
}

/** Options of {@linkcode ScriptedAgent}. */
export interface ScriptedAgentOptions {
  /** The script of each run. Default: an agent that ends, or settles after an abort. */
  scriptOf?(session: string, message: string): AgentScript;
}

/** One run that has not settled. */
class Run {
  readonly session: string;
  readonly message: string;
  readonly run: number;
  readonly signal: AbortSignal | undefined;
  readonly stages: readonly (readonly AgentAct[])[];
  readonly onAbort: readonly AbortAct[];
  readonly reply: Promise<string>;
  stage = 0;
  deaf = false;
  resolve!: (reply: string) => void;
  reject!: (reason: unknown) => void;

  constructor(
    called: { session: string; message: string; run: number; signal: AbortSignal | undefined },
    script: AgentScript,
  ) {
    this.session = called.session;
    this.message = called.message;
    this.run = called.run;
    this.signal = called.signal;
    this.stages = script.stages ?? [["end"]];
    this.onAbort = script.onAbort ?? ["settle"];
    this.reply = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  acts(): readonly (AgentAct | AbortAct)[] {
    const acts = this.stages[this.stage] ?? [];
    return this.signal?.aborted && !this.deaf ? [...acts, ...this.onAbort] : acts;
  }

  act(act: AgentAct | AbortAct): void {
    if (act === "end") this.resolve(`reply to ${this.message}`);
    else if (act === "throw") this.reject(new Error(`Agent failed on ${this.message}`));
    else if (act === "settle") this.reject(this.signal!.reason);
    else if (act === "ignore") this.deaf = true;
    else this.stage++;
  }
}

/**
 * An agent that does nothing by itself: each of its acts is a labelled step that somebody else takes,
 * and each is written to a ledger.
 *
 * When to use: as the agent of a host under test, its {@linkcode ScriptedAgent.enabled} steps among
 * those of the world; or in an example test, where {@linkcode ScriptedAgent.take} takes one by name.
 *
 * - A run is called at once and settles in the very step that says so. What a host learns of it comes
 *   some microtasks later, as with any promise.
 * - Being called is an act of the host, not a step. Put `["start"]` first into the stages where the
 *   time until an agent has come up matters.
 * - A `step` does nothing but be recorded: it stands for work whose place in the order matters. A
 *   reply that streams, or an agent that calls its host back, is not modelled.
 * - `settle` and `ignore` are offered from the abort on, beside what the stage offers: an agent may
 *   always end first.
 *
 * Limits: it keeps only runs that have not settled.
 *
 * @example Ending a run by name
 * ```ts
 * import { Ledger, ScriptedAgent } from "@lanekeeper/harness";
 * import assert from "node:assert/strict";
 *
 * const agent = new ScriptedAgent(new Ledger());
 * const reply = agent.run("session-1", "hello");
 * assert.deepEqual(agent.enabled().map((step) => step.label), ["session-1/hello end"]);
 * agent.take("session-1/hello end");
 * assert.equal(await reply, "reply to hello");
 * ```
 */
export class ScriptedAgent {
  readonly #ledger: Ledger;
  readonly #scriptOf: (session: string, message: string) => AgentScript;
  readonly #runs = new Set<Run>();

  constructor(ledger: Ledger, options: ScriptedAgentOptions = {}) {
    this.#ledger = ledger;
    this.#scriptOf = options.scriptOf ?? (() => ({}));
  }

  /** How many runs have been called and have not settled. */
  get running(): number {
    return this.#runs.size;
  }

  /** What the host calls: one run on one message. Settles as its script says. */
  run(session: string, message: string, options: { signal?: AbortSignal } = {}): Promise<string> {
    const called = { session, message, signal: options.signal };
    const run = new Run(
      { ...called, run: this.#ledger.called(session, message) },
      this.#scriptOf(session, message),
    );
    this.#runs.add(run);
    return run.reply;
  }

  /** What the agent may do now, over all its runs: the oldest run first. */
  enabled(): Step[] {
    const steps: Step[] = [];
    for (const run of this.#runs) {
      for (const act of run.acts()) {
        steps.push({ label: labelOf(run, act), run: () => this.#act(run, act) });
      }
    }
    return steps;
  }

  /**
   * Takes the step of this label.
   *
   * @throws {Error} if it is not enabled; says what is
   */
  take(label: string): void {
    const steps = this.enabled();
    const step = steps.find((step) => step.label === label);
    if (step === undefined) {
      const labels = steps.map(({ label }) => `"${label}"`).join(", ");
      throw new Error(`Cannot take step "${label}": the agent may take [${labels}]`);
    }
    step.run();
  }

  #act(run: Run, act: AgentAct | AbortAct): void {
    this.#ledger.acted(run.session, run.message, { run: run.run, act });
    if (isSettling(act)) this.#runs.delete(run);
    run.act(act);
  }
}

/** Two runs of one message at a time would share their labels: a `SINGLE_TURN` story already. */
function labelOf(run: Run, act: AgentAct | AbortAct): string {
  return `${run.session}/${run.message} ${act}`;
}
