import type { LedgerRecord } from "../ledger_record.ts";
import type { Guarantee } from "../oracles/oracles.ts";

/** One step of a schedule, as it was taken. */
export interface StepLine {
  /** Counts from 1: what `LedgerLine.step` refers to; 0 there is before the first. */
  readonly step: number;
  /** For instance `send a m1`, `run 1 end`, `timer 2`. */
  readonly label: string;
  /** Whose step it is: `caller`, `run 1`, `clock`, `store` ... A lane in the picture. */
  readonly actor: string;
  /** Empty for what concerns the whole host. */
  readonly session: string;
  /** It came so many microtask hops after the step before, and not at rest. */
  readonly hops?: number;
  /** Whether it was not the one that comes by itself: a deviation. */
  readonly isDeviation: boolean;
}

/** One record, with when it was written. */
export interface LedgerLine {
  readonly step: number;
  readonly ms: number;
  readonly record: LedgerRecord;
}

/** A broken guarantee, shrunk, with all that is needed to tell the story and to see it again. */
export interface Violation {
  readonly guarantee: Guarantee;
  /** What the guarantee promises. */
  readonly promise: string;
  /** How it was broken, in one line. */
  readonly story: string;
  /** What was asked of the host, in order, each as a line that `replay` reads. */
  readonly operations: readonly string[];
  /** One integer for each real choice. */
  readonly tape: readonly number[];
  /** The whole command that shows it again. */
  readonly replay: string;
  readonly schedule: readonly StepLine[];
  readonly ledger: readonly LedgerLine[];
  /** The number in `ledger` of the record with which it went wrong. */
  readonly root: number;
  /** Other records that explain it. */
  readonly also: readonly number[];
  /** Which strategy found it, with which seed, after how many schedules. */
  readonly strategy: string;
  readonly seed: number;
  readonly foundAfter: number;
  /** Before shrinking: operations and steps. */
  readonly unshrunk: { readonly operations: number; readonly steps: number };
  readonly shrinkMs: number;
}

/** What a strategy went through. */
export interface StrategyReport {
  readonly name: string;
  readonly schedules: number;
  readonly ms: number;
  /** Whether these were all schedules within its bounds; `undefined` where there is no such thing. */
  readonly complete: boolean | undefined;
  /** For instance `all lists of up to 4 operations, 3 deviations`. */
  readonly bounds: string;
}

/** One guarantee, and whether it was judged. */
export type Verdict =
  /** Judged in so many schedules, and kept in all of them. */
  | { readonly guarantee: Guarantee; readonly verdict: "kept"; readonly schedules: number }
  /** With `behind`: only in schedules that broke that one first, which may be all there is to it. */
  | {
    readonly guarantee: Guarantee;
    readonly verdict: "broken";
    readonly schedules: number;
    readonly behind?: Guarantee;
  }
  /** Not judged: the host can not show it, or does not promise it, or no schedule came to it. */
  | { readonly guarantee: Guarantee; readonly verdict: "skipped"; readonly reason: string };

/** What `check` found out about a host. */
export interface CheckReport {
  readonly adapter: string;
  /** The file of the adapter, as it was given. */
  readonly file: string;
  readonly level: 0 | 1 | 2;
  /**
   * What a clean report stands for: everything within the bounds of the exhaustive strategy
   * (`exhaustive to bound`), all schedules that were run (`required`), or only that nothing was seen,
   * because something about the host escapes control (`stochastic`).
   */
  readonly claim: "exhaustive to bound" | "required" | "stochastic";
  readonly seed: number;
  readonly schedules: number;
  readonly steps: number;
  readonly ms: number;
  readonly strategies: readonly StrategyReport[];
  /** How often each situation came up: a follow-up queued while a turn ran, and so on. */
  readonly situations: Readonly<Record<string, number>>;
  readonly verdicts: readonly Verdict[];
  readonly violations: readonly Violation[];
  /** What escaped control, named. */
  readonly escapes: readonly string[];
  /** What makes this run worth less than it should be: a situation that never came up, and so on. */
  readonly warnings: readonly string[];
}
