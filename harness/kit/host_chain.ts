import { quiet } from "../sim/quiet.ts";
import { Random } from "../sim/random.ts";
import type { ChainSubject } from "../stack/chain.ts";
import type { BackendHandle, HostAdapter, HostUnderTest, SimEnv } from "./adapter.ts";
import { installGlobalTimers } from "./global_timers.ts";
import { SimClock } from "./sim_clock.ts";

// Taken when this module loads: a host may have timers of its own put in the place of the runtime's.
const nativeSetTimeout = globalThis.setTimeout;

/** A host that waits for something real is given so long, so many times, to go on. */
const WAIT_MS = 25;
const WAITS_MAX = 8;
/** Calls of ports in one turn, after which no more comes back. */
const CALLS_MAX = 1_000;
/** Timers that fire in a row without any turn, before a host is taken for one that stands still. */
const IDLE_TIMERS_MAX = 100;

/** Options of {@linkcode chainOf}. */
export interface ChainOptions {
  /** Asked in each turn: whether this was the last one, because the time is up. */
  isOver(): boolean;
}

/**
 * One session of a host that is kept busy: the agent is done two microtasks after it began, and sends
 * the next message in between. What the host waits for is there at once, too.
 */
export function chainOf(adapter: HostAdapter, options: ChainOptions): ChainSubject {
  return {
    async run(length, atStart) {
      const clock = new SimClock();
      const restore = adapter.globalTimers ? installGlobalTimers(clock) : undefined;
      const chain = new HostChain(clock, { length, atStart, isOver: options.isOver });
      try {
        const host = await adapter.create(chain.env);
        try {
          await chain.run(host);
        } finally {
          await host.dispose?.();
        }
      } finally {
        restore?.();
      }
    },
  };
}

interface Chain {
  readonly length: number;
  atStart(n: number): void;
  isOver(): boolean;
}

class HostChain {
  readonly env: SimEnv;
  readonly #clock: SimClock;
  readonly #length: number;
  readonly #atStart: (n: number) => void;
  readonly #isOver: () => boolean;
  readonly #random = new Random(1);
  #host: HostUnderTest | undefined;
  #turns = 0;
  /** Of its ports, in the turn that runs. */
  #calls = 0;
  #isRunning = false;
  #refusal = "";
  #failure: unknown;

  constructor(clock: SimClock, chain: Chain) {
    this.#clock = clock;
    this.#length = chain.length;
    this.#atStart = chain.atStart;
    this.#isOver = chain.isOver;
    this.env = this.#createEnv();
  }

  /** @throws {Error} if the host does not go on */
  async run(host: HostUnderTest): Promise<void> {
    this.#host = host;
    this.#send(1);
    let [turns, timers, waits] = [0, 0, 0];
    while (turns < this.#length) {
      await quiet();
      if (this.#failure !== undefined) throw this.#failure;
      if (turns === this.#turns) {
        if (timers++ < IDLE_TIMERS_MAX && this.#fireTimer()) continue;
        if (waits++ === WAITS_MAX) throw new Error(this.#standsStill());
        await new Promise((resolve) => nativeSetTimeout(resolve, WAIT_MS));
      } else {
        [turns, timers, waits] = [this.#turns, 0, 0];
      }
    }
  }

  #standsStill(): string {
    const polls = this.#calls >= CALLS_MAX ? `: it called its ports ${CALLS_MAX} times` : "";
    const why = this.#refusal === "" ? polls : `: ${this.#refusal}`;
    return `the host stands still after turn ${this.#turns} of ${this.#length}${why}`;
  }

  #fireTimer(): boolean {
    const step = this.#clock.next();
    step?.run();
    return step !== undefined;
  }

  #send(n: number): void {
    const refused = (error: unknown) => this.#refused(n, String(error));
    const said = (value: unknown) => {
      const { accepted, outcome, reason } = (value ?? {}) as Partial<Record<string, unknown>>;
      if (accepted === false) refused(reason);
      if (accepted === true) void Promise.resolve(outcome).then(undefined, refused);
    };
    try {
      const given = this.#host!.send("a", `m${n}`, { sender: "s1" });
      if (given instanceof Promise) void given.then(said, refused);
      else said(given);
    } catch (error) {
      refused(error);
    }
  }

  #refused(n: number, why: string): void {
    if (this.#refusal === "") this.#refusal = `it refused m${n} (${why})`;
  }

  async #turn(session: string, input: string | readonly string[]): Promise<string> {
    const text = typeof input === "string" ? input : input.join(" ");
    const n = Number(/\bm(\d+)\b/.exec(text)?.[1]);
    if (this.#isRunning) {
      this.#failure ??= new Error(`turn ${n} began while another one was running`);
    }
    this.#turns++;
    this.#calls = 0;
    this.#isRunning = true;
    try {
      this.#atStart(n);
    } catch (error) {
      this.#failure ??= error;
    }
    await null; // not on the host's stack, which the next turn of a careless host would be added to
    if (n < this.#length && this.#isOver()) {
      this.#failure ??= new Error(`the time was up after turn ${n} of ${this.#length}`);
    }
    if (n < this.#length && this.#failure === undefined) this.#send(n + 1);
    await null;
    this.#isRunning = false;
    return `reply to m${n} in ${session}`;
  }

  /** Nothing takes any time, and nothing is kept: that would be counted as the host's. */
  #createEnv(): SimEnv {
    const handleOf = (session: string): Promise<BackendHandle> =>
      Promise.resolve({ session, id: 1 });
    // A host that polls would go on for ever: it is left to wait, and stands still.
    const done = () => this.#calls++ < CALLS_MAX ? Promise.resolve() : new Promise<void>(() => {});
    return {
      agent: (session, input) => this.#turn(session, input),
      clock: this.#clock,
      random: () => this.#random.fraction(),
      io: done,
      deliver: done,
      backend: {
        open: handleOf,
        resume: handleOf,
        close: done,
        requestCancel: done,
        steer: () => Promise.resolve(false),
        rollback: done,
      },
      store: { append: done, read: () => Promise.resolve([]) },
      ack: () => {},
      report: () => {},
    };
  }
}
