import type { Guarantee } from "@lanekeeper/harness";

/** A module of ours whose lines are broken here. */
export type MutatedModule =
  | "lock-scope"
  | "task-tracker"
  | "drain-handoff"
  | "session-queue"
  | "host"
  | "web-chat";

/** One line that keeps a guarantee, and what it is broken into. */
export interface Mutant {
  /** Names the row: `release-owner`. Unique over all modules. */
  readonly id: string;
  readonly module: MutatedModule;
  /** The file in the module's folder. */
  readonly file: string;
  /** The exact text, which must be there once: short, so that it outlives changes beside it. */
  readonly line: string;
  readonly broken: string;
  /** Why the line matters, in one sentence: what happens without it. */
  readonly why: string;
  /** What must tell of it. */
  readonly guarantee: Guarantee;
  readonly killedBy: SearchKill | TestKill;
}

/** A search through an adapter of `test/conformance` finds it. */
export interface SearchKill {
  /** The adapter's file, without `_adapter.ts`. */
  readonly adapter: string;
  /** The name under which the file exports it. Default: `default`. */
  readonly export?: string;
  /** What is found must shrink to a story of no more operations than this; the table tells which. */
  readonly operationsMax: number;
  /** Which schedules are played. Default: those of `portfolio`. */
  readonly lane?: "portfolio" | ListsLane;
  /** Within how many schedules it must be found. Default: 1,000. */
  readonly schedulesMax?: number;
  /** What else may tell of a schedule before it is found, and why that is no wrong word for it. */
  readonly also?: Readonly<Partial<Record<Guarantee, string>>>;
}

/** All lists of some operations, up to `operationsMax` long, in all schedules within these bounds. */
export interface ListsLane {
  readonly operations: readonly string[];
  /** Default: 3. */
  readonly deviationsMax?: number;
  /** So many steps come in the middle of what the one before set off. Default: 0. */
  readonly rushedMax?: number;
  /** Whether timers may come at any time. Default: `false`. */
  readonly racy?: boolean;
}

/** A test of the module finds it, where the harness cannot see the line. */
export interface TestKill {
  /** The test file in the module's folder; no test in it may need an argument. */
  readonly test: string;
  /** The name of the test that must fail; it or its body names the guarantee. */
  readonly named: string;
}

/** Whether the harness finds it, or a test of the module. */
export function isSearched(killedBy: SearchKill | TestKill): killedBy is SearchKill {
  return "adapter" in killedBy;
}
