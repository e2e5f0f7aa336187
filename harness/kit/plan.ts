import { PORTFOLIO } from "../sim/strategy.ts";
import { exhaustiveLane, randomLane, type SearchLane, tapesLane } from "./lanes.ts";
import type { Operation } from "./operations.ts";
import type { Story, Subject } from "./story.ts";

/** Beside `pct d=` with any other number. */
export const STRATEGIES: readonly string[] = [
  "all",
  "exhaustive",
  "portfolio",
  ...new Set(PORTFOLIO),
];

/** Options of {@linkcode planOf}. */
export interface PlanOptions {
  /** How many random schedules. */
  readonly runs: number;
  readonly seed: number;
  /** One of {@linkcode STRATEGIES}. */
  readonly strategy: string;
  /** How long the lists are of which all are played. */
  readonly operationsMax: number;
  /** Stories that were found before. */
  readonly tapes: readonly Story[];
  /** Which lists: see `Scope.part`. */
  readonly part?: { readonly at: number; readonly of: number };
}

/** A lane, and what part of the time it may take. */
export interface PlannedLane {
  readonly lane: SearchLane;
  readonly kind: "tapes" | "exhaustive" | "random";
  /** Its share of the time that is left for lanes of its kind. */
  readonly weight: number;
}

/** One of so many random schedules is uncompressed. */
const UNCOMPRESSED_ONE_IN = 8;
/** Steps of work in each turn of those. */
const WORK_STEPS = 3;
/** Lists of up to so many are played with what costs many schedules each: rushes, and any timer. */
const SHORT_LISTS = 2;
const DEVIATIONS_MAX = 3;
const HOPS = [0, 1, 2, 3, 4, 5, 6];

/** Whether there is such a strategy. */
export function isStrategy(name: string): boolean {
  return STRATEGIES.includes(name) || /^pct d=[1-9]\d?$/.test(name);
}

/** What a check goes through, in order. */
export function planOf(
  subject: Subject,
  operations: readonly Operation[],
  options: PlanOptions,
): PlannedLane[] {
  const { strategy, tapes } = options;
  const plan: PlannedLane[] = [];
  if (tapes.length > 0) plan.push({ lane: tapesLane(subject, tapes), kind: "tapes", weight: 1 });
  if (strategy === "all" || strategy === "exhaustive") {
    plan.push(...exhaustivePlan(subject, operations, options));
  }
  if (strategy !== "exhaustive") plan.push(...randomPlan(subject, operations, options));
  return plan;
}

function exhaustivePlan(
  subject: Subject,
  operations: readonly Operation[],
  { operationsMax, part }: PlanOptions,
): PlannedLane[] {
  const scope = { operations, ...(part === undefined ? {} : { part }) };
  const lengthMax = Math.min(operationsMax, SHORT_LISTS);
  const lanes = [
    exhaustiveLane(subject, { ...scope, lengthMax, bounds: { rushedMax: 1, hops: HOPS } }),
    exhaustiveLane(subject, {
      ...scope,
      lengthMax: operationsMax,
      bounds: { deviationsMax: DEVIATIONS_MAX },
    }),
  ];
  if (subject.adapter.level === 2) {
    lanes.push(exhaustiveLane(subject, { ...scope, lengthMax, lane: { racy: true } }));
  }
  return lanes.map((lane) => ({ lane, kind: "exhaustive", weight: 1 }));
}

function randomPlan(
  subject: Subject,
  operations: readonly Operation[],
  { runs, seed, strategy }: PlanOptions,
): PlannedLane[] {
  const name = strategy === "all" ? "portfolio" : strategy;
  const long = strategy === "all" ? Math.floor(runs / UNCOMPRESSED_ONE_IN) : 0;
  const lanes: PlannedLane[] = [];
  const add = (runs: number, workSteps?: number) => {
    if (runs === 0) return;
    const work = workSteps === undefined ? {} : { workSteps };
    const lane = randomLane(subject, { operations, seed, runs, strategy: name, ...work });
    lanes.push({ lane, kind: "random", weight: runs });
  };
  add(runs - long);
  add(long, WORK_STEPS);
  return lanes;
}
