import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type AgentAct,
  type AgentScript,
  explore,
  judge,
  Ledger,
  sample,
  ScriptedAgent,
  type Step,
  SteppedClock,
  type World,
} from "@lanekeeper/harness";
import fc from "fast-check";
import { DrainHandoff, type OnAbandon, type Turn, type TurnEnd } from "./mod.ts";

type T = Turn<string, string>;

/** What a world is made of. */
interface Plan {
  /** How many items come for each key. */
  readonly items: Readonly<Record<string, number>>;
  /** How often each key may be interrupted. */
  readonly interrupts: number;
  /** Whether an interrupt may also find nothing to interrupt. */
  readonly idleInterrupts?: boolean;
  readonly onAbandon: OnAbandon;
  readonly script: AgentScript;
  /** Whether each turn waits for the delivery of its reply, too, which is a step by itself. */
  readonly isDelivering?: boolean;
}

/** Situations that must have come up, and how often they did. */
type Situations = Map<string, number>;

/** One chain, and all that may happen to it. */
class ChainWorld implements World {
  readonly #plan: Plan;
  readonly #situations: Situations;
  readonly #inbox = new Map<string, string[]>();
  readonly #unsent = new Map<string, string[]>();
  readonly #interruptsLeft = new Map<string, number>();
  readonly #ends = new Map<T, TurnEnd>();
  readonly #ran = new Set<T>();
  readonly #deliveries = new Map<T, () => void>();
  readonly #broken: string[] = [];
  readonly #clock = new SteppedClock();
  readonly #ledger: Ledger;
  readonly #agent: ScriptedAgent;
  readonly #chain: DrainHandoff<string, string>;
  #late = 0;
  #quietsPending = 0;

  constructor(plan: Plan, situations: Situations) {
    this.#plan = plan;
    this.#situations = situations;
    for (const [key, count] of Object.entries(plan.items)) {
      this.#unsent.set(key, Array.from({ length: count }, (_, at) => String(at + 1)));
      this.#inbox.set(key, []);
      this.#interruptsLeft.set(key, plan.interrupts);
    }
    this.#ledger = new Ledger({ guardOf: (key) => this.#chain.turnOf(key)?.guard });
    this.#agent = new ScriptedAgent(this.#ledger, { scriptOf: () => plan.script });
    this.#chain = new DrainHandoff({
      next: (key) => this.#inbox.get(key)!.shift(),
      run: (turn) => this.#run(turn),
      ended: (turn, end) => this.#ended(turn, end),
      onAbandon: plan.onAbandon,
      clock: this.#clock,
      observer: {
        handedOff: (from, to) => this.#handedOff(from, to),
        lateSettled: () => this.#late++,
      },
    });
  }

  enabled(): Step[] {
    const steps: Step[] = [];
    for (const [key, unsent] of this.#unsent) {
      const item = unsent[0];
      if (item !== undefined) {
        steps.push({ label: `send ${key}/${item}`, run: () => this.#send(key) });
      }
    }
    for (const [key, left] of this.#interruptsLeft) {
      const isOne = this.#plan.idleInterrupts || this.#chain.turnOf(key) !== undefined;
      if (left > 0 && isOne) {
        steps.push({ label: `interrupt ${key}`, run: () => this.#interrupt(key) });
      }
    }
    for (const [turn, deliver] of this.#deliveries) {
      steps.push({ label: `deliver ${turn.key}/${turn.item}`, run: deliver });
    }
    return [...steps, ...this.#agent.enabled(), ...this.#clock.enabled()];
  }

  check(): void {
    if (this.#broken.length > 0) assert.fail(this.#broken.join("; "));
    for (const [key, items] of this.#inbox) {
      const turn = this.#chain.turnOf(key);
      if (items.length > 0 && !turn) assert.fail(`items wait on the idle key ${key}`);
      if (turn?.live && turn.state !== "running") assert.fail(`at rest a turn is ${turn.state}`);
      if (this.#chain.wake(key)) assert.fail("a wake() too many starts something");
      if (this.#chain.turnOf(key) !== turn) assert.fail("a wake() too many moves the guard");
    }
    for (const turn of this.#ends.keys()) {
      if (turn.live || turn.interrupt()) assert.fail("a turn that ended can be interrupted");
    }
    const abandoned = [...this.#ends.values()].filter(({ status }) => status === "abandoned");
    assert.equal(this.#chain.abandoned, abandoned.length - this.#late);
  }

  finish(): void {
    this.#ledger.rest({
      guards: this.#chain.size,
      abandoned: this.#chain.abandoned,
      timers: this.#clock.pending,
      quiets: this.#quietsPending,
      waiting: [...this.#inbox.values()].flat().length,
    });
    judge(this.#ledger, undefined, { isolated: this.#plan.onAbandon === "proceed" });
  }

  #send(key: string): void {
    const item = this.#unsent.get(key)!.shift()!;
    const wasBusy = this.#chain.turnOf(key) !== undefined;
    this.#ledger.accepted(key, item);
    this.#inbox.get(key)!.push(item);
    assert.equal(this.#chain.wake(key), !wasBusy, "wake() starts a turn if the key is idle");
    assert.ok(this.#chain.turnOf(key), "claim and owner are there in the same step");
    if (wasBusy) this.#came("an item for a busy key");
    this.#quietsPending++;
    void this.#chain.quiet().then(() => this.#quietsPending--);
  }

  #interrupt(key: string): void {
    this.#interruptsLeft.set(key, this.#interruptsLeft.get(key)! - 1);
    const turn = this.#chain.turnOf(key);
    if (turn === undefined) return this.#came("an interrupt of an idle key");
    const { live, state } = turn;
    const isFirst = turn.interrupt("stop");
    assert.equal(isFirst, live, "the first interrupt of a live turn counts, and no other");
    assert.equal(turn.live, false);
    if (isFirst && state === "ready") this.#came("an interrupt before the first step");
    if (isFirst && this.#agent.running === 0 && state === "running") {
      this.#came("an interrupt of a run that just settled");
    }
  }

  #run(turn: T): Promise<string> {
    if (this.#chain.turnOf(turn.key) !== turn) {
      this.#broken.push("a turn runs that is not the owner");
    }
    if (!turn.live) this.#broken.push("a turn began that is not live");
    for (const { key, state } of this.#deliveries.keys()) {
      if (key === turn.key && state === "running") {
        this.#broken.push("a reply is not delivered yet");
      }
    }
    this.#ran.add(turn);
    if (this.#plan.isDelivering) turn.waitUntil(this.#deliver(turn));
    return this.#agent.run(turn.key, turn.item, { signal: turn.signal });
  }

  /** Fulfils when the reply of a turn is delivered. */
  #deliver(turn: T): Promise<void> {
    return new Promise((resolve) => {
      this.#deliveries.set(turn, () => {
        this.#deliveries.delete(turn);
        resolve();
      });
    });
  }

  #ended(turn: T, end: TurnEnd): void {
    this.#ends.set(turn, end);
    this.#ledger.outcome(turn.key, turn.item, end.status);
    this.#came(end.status);
    const { interrupted } = turn;
    const isStopped = end.status === "cancelled" || end.status === "abandoned";
    if (isStopped !== interrupted) this.#broken.push(`interrupted: ${interrupted}, ${end.status}`);
    if (isStopped && end.reason !== "stop") this.#broken.push(`reason: ${end.reason}`);
    if (end.status === "cancelled" && (end.work !== undefined) !== this.#ran.has(turn)) {
      this.#broken.push("a cancelled turn tells of its work exactly if it had any");
    }
    if (turn.live) this.#broken.push("an ended turn is live");
    if (this.#chain.wake(turn.key)) this.#broken.push("the guard moved before the end was told");
  }

  #handedOff(from: T, to: T): void {
    this.#came("a hand-off");
    if (from.guard !== to.guard) this.#broken.push("the guard is another object");
    if (this.#chain.turnOf(to.key) !== to) this.#broken.push("the guard moved without its owner");
  }

  #came(situation: string): void {
    this.#situations.set(situation, (this.#situations.get(situation) ?? 0) + 1);
  }
}

const SITUATIONS = [
  "a hand-off",
  "abandoned",
  "an interrupt before the first step",
  "an interrupt of a run that just settled",
  "an item for a busy key",
  "cancelled",
  "completed",
  "failed",
];

/** What is exhausted: one key, and an agent that may end or throw at any time, aborted or not. */
interface Scope {
  readonly items: number;
  readonly interrupts: number;
  readonly isDelivering?: boolean;
  /** How many steps may be taken within microtasks of the one before, and not at rest. */
  readonly rushedMax: number;
  /** The number of schedules. With rushes it also depends on how many microtasks the module takes. */
  readonly schedules: Readonly<Record<OnAbandon, number>>;
}

const SCOPES: Record<string, Scope> = {
  "three items, two interrupts": {
    items: 3,
    interrupts: 2,
    rushedMax: 0,
    schedules: { block: 2_392, proceed: 5_048 },
  },
  "three items, an interrupt, one step rushed": {
    items: 3,
    interrupts: 1,
    rushedMax: 1,
    schedules: { block: 7_632, proceed: 12_312 },
  },
  "two items, two interrupts, one step rushed": {
    items: 2,
    interrupts: 2,
    rushedMax: 1,
    schedules: { block: 3_028, proceed: 4_276 },
  },
  "two items, an interrupt, two steps rushed": {
    items: 2,
    interrupts: 1,
    rushedMax: 2,
    schedules: { block: 3_318, proceed: 4_630 },
  },
  "two items with replies to deliver, an interrupt, one step rushed": {
    items: 2,
    interrupts: 1,
    isDelivering: true,
    rushedMax: 1,
    schedules: { block: 3_696, proceed: 5_856 },
  },
};

for (const [name, scope] of Object.entries(SCOPES)) {
  for (const onAbandon of ["block", "proceed"] as const) {
    test(`${name}, under ${onAbandon}: all orders keep every guarantee`, async () => {
      const { interrupts, isDelivering = false, rushedMax } = scope;
      // A reply to deliver is of a run that ended.
      const ends: AgentAct[] = isDelivering ? ["end"] : ["end", "throw"];
      const script: AgentScript = { stages: [ends], onAbort: [] };
      const plan = { items: { a: scope.items }, interrupts, isDelivering, onAbandon, script };
      const situations: Situations = new Map();
      const { schedules, complete } = await explore(() => new ChainWorld(plan, situations), {
        rushedMax,
      });
      assert.deepEqual([schedules, complete], [scope.schedules[onAbandon], true]);
      // A world too small would pass anything.
      const expected = SITUATIONS.filter((name) => name !== "failed" || ends.includes("throw"));
      if (rushedMax > 0) assert.deepEqual([...situations.keys()].sort(), expected);
    });
  }
}

test("random stories of two keys and up to eight items keep every guarantee", async () => {
  const situations: Situations = new Map();
  const scripts: AgentScript[] = [
    { stages: [["end", "throw"]], onAbort: ["settle"] },
    { stages: [["start"], ["step", "throw"], ["end"]], onAbort: ["settle", "ignore"] },
  ];
  const plans: fc.Arbitrary<Plan> = fc.record({
    items: fc.record({ a: fc.nat(5), b: fc.nat(3) }),
    interrupts: fc.nat(3),
    idleInterrupts: fc.constant(true),
    onAbandon: fc.constantFrom("block", "proceed"),
    script: fc.constantFrom(...scripts),
    isDelivering: fc.boolean(),
  });
  const createWorld = (plan: Plan) => new ChainWorld(plan, situations);
  assert.equal((await sample(plans, createWorld, { numRuns: 500 })).schedules, 500);
  // An interrupt in the instant after a run has settled is too rare to be asked for here.
  for (const situation of ["an interrupt of an idle key", ...SITUATIONS]) {
    if (situation.includes("just settled")) continue;
    assert.ok(situations.has(situation), `there never was ${situation}`);
  }
});
