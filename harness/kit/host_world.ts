import { Ledger } from "../ledger.ts";
import type { BrokenGuarantee } from "../judge.ts";
import type { Guarantee } from "../oracles/oracles.ts";
import type { Random } from "../sim/random.ts";
import type { Step, World } from "../sim/world.ts";
import type { HostAdapter, HostUnderTest } from "./adapter.ts";
import { Arrivals } from "./arrivals.ts";
import type { EscapeWatch } from "./escape_watch.ts";
import { installGlobalTimers } from "./global_timers.ts";
import { HostLook } from "./host_look.ts";
import { judgeWorld } from "./judge_world.ts";
import { type MortalEnv, mortalEnvOf } from "./mortal_env.ts";
import type { Operation } from "./operations.ts";
import { ReadySteps } from "./ready_steps.ts";
import type { SteerScript } from "./scripted_offers.ts";
import { type OpenRun, type Script, ScriptedRuns } from "./scripted_runs.ts";
import { type SentMessage, SentMessages } from "./sent_messages.ts";
import { SimClock } from "./sim_clock.ts";
import { Ports } from "./sim_ports.ts";
import type { Situation } from "./situations.ts";

/** What a world is made of. */
export interface HostWorldOptions {
  readonly adapter: HostAdapter;
  readonly operations: readonly Operation[];
  /** Which guarantees to judge. */
  readonly judged: readonly Guarantee[];
  readonly random: Random;
  /** A timer that is due within a minute may fire before other things that are ready. */
  readonly racy?: boolean;
  /** Steps of work in each run. Default: 0. */
  readonly workSteps?: number;
  /** Watches for what moves the host from outside. Default: nobody does. */
  readonly watch?: EscapeWatch | undefined;
}

/** How far ahead of everything else a timer may come, where it may. */
const RACY_MS = 60_000;
/** So many timers in a row may do so: an interval of the host would never let anything else come. */
const RACY_TIMERS_MAX = 6;
/** So many timers in a row with nothing else to do, and a host is taken for one that never rests. */
const IDLE_TIMERS_MAX = 300;

/** A host, and all that may happen to it. */
export class HostWorld implements World {
  readonly ledger: Ledger;
  readonly ready = new ReadySteps();
  readonly clock: SimClock;
  readonly runs: ScriptedRuns;
  readonly messages: SentMessages;
  readonly workSteps: number;
  /** What came up. */
  readonly situations = new Set<Situation>();
  /** What the schedule broke, once it is over: the headline first. */
  broken: readonly BrokenGuarantee[] = [];
  /** What it could be judged on. */
  judgedOn: readonly Guarantee[] = [];
  /** The adapter's own failure, if it had one. */
  failure: unknown;
  readonly #options: HostWorldOptions;
  readonly #callsBefore: number;
  readonly #arrivals: Arrivals;
  readonly #look: HostLook;
  readonly #ports: Ports;
  /** Hosts whose process has died. */
  readonly #dead: HostUnderTest[] = [];
  #host: HostUnderTest | undefined;
  /** What the process that is there was given, if it may die. */
  #mortal: MortalEnv | undefined;
  /** Its process has died, and the next one is not there yet. */
  #isDown = false;
  #restoreTimers: (() => void) | undefined;
  #idleTimers = 0;
  #isAtRest = false;

  constructor(options: HostWorldOptions) {
    const { adapter, operations, workSteps = 0 } = options;
    this.#options = options;
    this.#callsBefore = options.watch?.calls ?? 0;
    this.workSteps = workSteps;
    this.clock = new SimClock({ fired: (timer) => this.#fired(timer) });
    this.ledger = new Ledger({
      guardOf: (session) => this.#look.guardOf(session),
      now: this.clock.now,
    });
    this.runs = new ScriptedRuns(this);
    this.messages = new SentMessages(this);
    this.#arrivals = new Arrivals(this, adapter, operations);
    this.#look = new HostLook(adapter.level ?? 0, this.ledger);
    this.#ports = new Ports(this);
    this.#create();
  }

  /** The host, once it is there. */
  get host(): HostUnderTest | undefined {
    return this.#host;
  }

  enabled(): readonly Step[] {
    // Whoever starts it again comes when what is left of the process before has come to rest.
    if (this.#isDown) return this.#isAtRest ? [this.#start] : [];
    const steps: Step[] = [];
    const canArrive = this.#host !== undefined || this.#arrivals.isCrashNext;
    const arrival = canArrive ? this.#arrivals.next() : undefined;
    if (arrival !== undefined) steps.push(arrival);
    this.ready.addTo(steps);
    // A timer never fires in the middle of what a step set off: a runtime finishes that first.
    const timer = this.#isAtRest ? this.#timer(steps.length === 0) : undefined;
    if (timer !== undefined) steps.push(timer);
    return steps;
  }

  #timer(isNothingElse: boolean): Step | undefined {
    const isRacy = this.#options.racy === true && this.#idleTimers < RACY_TIMERS_MAX;
    const timer = this.clock.next(isRacy ? RACY_MS : 0);
    if (timer !== undefined || !isNothingElse) return timer;
    if (this.#idleTimers >= IDLE_TIMERS_MAX) return undefined;
    const { leavesNoTimer = false } = this.#options.adapter.policies ?? {};
    return !leavesNoTimer || this.#isOwed() ? this.clock.next() : undefined;
  }

  taking(step: Step, number: number): void {
    this.ledger.step = number;
    this.#isAtRest = false;
    this.#idleTimers = step.actor === "clock" ? this.#idleTimers + 1 : 0;
  }

  async isMoving(): Promise<boolean> {
    const { watch } = this.#options;
    if (watch === undefined || !this.#isOwed()) return false;
    return await watch.isMoving(this, {
      sizeNow: () => this.ledger.records.length + this.ready.length,
      hasReachedOut: this.#hasReachedOut(),
    });
  }

  check(): void {
    this.#isAtRest = true;
    this.ledger.rested();
    if (this.failure !== undefined) throw this.failure;
    this.#look.look();
  }

  finish(): void {
    const { adapter, judged } = this.#options;
    // What something outside still owes it is no fault of the host: nothing is said of its end.
    const isCutShort = this.#hasReachedOut() && this.#isOwed();
    this.messages.finish();
    const { listeners } = this.#arrivals;
    this.#look.finish({ timers: this.clock.pending, listeners });
    const verdict = judgeWorld(this.ledger, judged, {
      isCutShort,
      policies: adapter.policies ?? {},
    });
    this.judgedOn = verdict.judgedOn;
    this.broken = verdict.broken;
    this.#dispose();
  }

  /** Gives the runtime its timers back: for a schedule that does not come to its end. */
  release(): void {
    this.#restoreTimers?.();
    this.#restoreTimers = undefined;
  }

  // What the parts of the world ask and tell.

  random(): number {
    return this.#options.random.fraction();
  }

  /** The adapter broke. */
  fault(error: unknown): void {
    this.failure ??= error;
  }

  scriptOf(name: string): Script {
    const message = this.messages.get(name);
    return (message && this.#arrivals.operationOf(message)?.agent) ?? "ends";
  }

  steerScriptOf(name: string): SteerScript {
    const message = this.messages.get(name);
    return (message && this.#arrivals.operationOf(message)?.steered) ?? "takes";
  }

  taken(_run: OpenRun, name: string): void {
    this.situations.add("a message that a running turn takes");
    const message = this.messages.get(name);
    if (message !== undefined) this.messages.ran(message);
  }

  called(session: string, names: readonly string[]): void {
    for (const name of names) {
      const message = this.messages.get(name);
      if (message === undefined) this.fault(new TypeError(`Cannot run ${name}: nobody sent it`));
      else this.messages.ran(message);
    }
    if (names.length > 1) this.situations.add("several messages in one turn");
    for (const run of this.runs.open.values()) {
      if (run.session !== session) this.situations.add("two sessions at once");
    }
  }

  settled(run: OpenRun, how: "end" | "throw" | "settle"): void {
    if (how === "throw") this.situations.add("a turn that fails");
    this.messages.settled(run, how);
    this.#arrivals.settled(run);
  }

  aborted(_run: OpenRun, isDeaf: boolean): void {
    if (isDeaf) this.situations.add("an agent that ignores its cancel");
  }

  mayBeCancelled(message: SentMessage): boolean {
    return this.#arrivals.mayBeCancelled(message);
  }

  backendOf(session: string, how: "open" | "resume"): "returns" | "fails" | "gone" {
    return this.#arrivals.backendOf(session, how);
  }

  /** The process of the host dies, with all that it was at. */
  crash(): void {
    if (this.runs.open.size > 0) this.situations.add("a crash during a turn");
    this.ledger.write({ kind: "process", act: "crash" });
    this.#mortal?.die();
    this.#mortal = undefined;
    if (this.#host !== undefined) this.#dead.push(this.#host);
    this.#host = undefined;
    this.#isDown = true;
    this.#ports.die();
    this.runs.die();
    this.messages.die();
    this.#look.end();
  }

  readonly #start: Step = {
    label: "process starts",
    actor: "host",
    session: "",
    run: () => {
      this.#isDown = false;
      // All that it was at, and what it still asked for in its last microtasks.
      this.ready.clear();
      this.clock.clear();
      this.ledger.write({ kind: "process", act: "start" });
      this.#create();
    },
  };

  #create(): void {
    const { adapter } = this.#options;
    const mortal = adapter.features?.includes("crash") ? mortalEnvOf(this.#ports.env) : undefined;
    this.#mortal = mortal;
    const begin = (host: HostUnderTest) => {
      if (this.#mortal !== mortal) return void this.#dead.push(host);
      this.#host = host;
      this.#look.begin(host);
    };
    const fail = (error: unknown) => {
      if (this.#mortal === mortal) this.fault(error);
    };
    if (adapter.globalTimers) this.#restoreTimers ??= installGlobalTimers(this.clock);
    try {
      const host = adapter.create(mortal?.env ?? this.#ports.env);
      if (host instanceof Promise) host.then(begin, fail);
      else begin(host);
    } catch (error) {
      fail(error);
    }
  }

  /** Whether it called a real timer, or whatever else escapes control, since this world began. */
  #hasReachedOut(): boolean {
    return (this.#options.watch?.calls ?? 0) > this.#callsBefore;
  }

  /** Whether anything is left that only time can bring. */
  #isOwed(): boolean {
    return this.#arrivals.open > 0 || this.runs.open.size > 0 || this.messages.owed > 0 ||
      this.#look.isBusy;
  }

  #fired(timer: number): void {
    this.ledger.write({ kind: "timer", timer });
    if (this.runs.open.size > 0) this.situations.add("a timer during a turn");
  }

  #dispose(): void {
    this.release();
    for (const host of [...this.#dead, this.#host]) {
      try {
        const disposed = host?.dispose?.();
        if (disposed instanceof Promise) disposed.catch((error) => this.fault(error));
      } catch (error) {
        this.fault(error);
      }
    }
  }
}
