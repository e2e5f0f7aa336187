import { isRemoval, type Mutant } from "./mutant.ts";
import type { Stage, StageName } from "./stages.ts";
import type { RunOptions, Verdict } from "./workspace.ts";

/** So many are judged together at most. */
const GROUP_MAX = 24;
/** Where nothing is known of a stage yet, it may take as long as one that takes this, in ms. */
const UNKNOWN_MS = 90_000;

/** Tests may take so many times as long as without a mutant, or this. */
const CPU_FACTOR = 4;
const CPU_SECONDS_MIN = 5;

/** What became of a mutant. */
export interface Result {
  readonly mutant: Mutant;
  /** The stage that killed it; `undefined` if it survived all. */
  readonly stage: StageName | undefined;
  /** The test that failed first. */
  readonly by: string;
  /** Which stages had no time to judge it: all, or the slow ones. */
  readonly left?: "all" | "slow";
}

/** What judges: {@linkcode Workspace}, or a stand-in. */
export interface Bench {
  with<T>(changes: readonly Mutant[], judge: () => Promise<T>): Promise<T>;
  run(stage: Stage, options: RunOptions): Promise<Verdict>;
}

/** Options of {@linkcode judge}. */
export interface JudgeOptions {
  readonly stages: readonly Stage[];
  /** Whether a mutant is expected to survive: those are judged together. */
  isExplained(mutant: Mutant): boolean;
  /** Whether the time is up: what is not judged by then is left. Default: it never is. */
  isTimeUp?(): boolean;
  /** Told of each kill at once, and in the end of what survived. */
  onResult(result: Result): void;
  /** Told how many are left for a stage. */
  onStage?(stage: StageName, left: number): void;
  /** Told how many more a stage is done with. */
  onJudged?(count: number): void;
}

/**
 * Judges the mutants of one module. The first stage, whose tests are fast, judges each by itself.
 * What survives it is judged in groups by the slow ones: if nothing fails with all of a group in
 * place, all of them survived; else each half of the group is judged, down to the single mutant.
 * That finds no kill where there is none. It may miss one that another mutant of the group hides:
 * then there is one survivor more to explain. When the time is up the rest is left, and told as such.
 */
export async function judge(
  bench: Bench,
  mutants: readonly Mutant[],
  options: JudgeOptions,
): Promise<Result[]> {
  const results: Result[] = [];
  const kill = (mutant: Mutant, stage: StageName, by: string) => {
    const result = { mutant, stage, by };
    results.push(result);
    options.onResult(result);
  };
  const unjudged = new Map<Mutant, "all" | "slow">();
  let left = [...mutants];
  for (const [at, stage] of options.stages.entries()) {
    // An error in the types keeps nobody from changing a condition, but from taking something away.
    const judged = stage.name === "types" ? left.filter(isRemoval) : left;
    options.onStage?.(stage.name, judged.length);
    const runner = new StageRunner(bench, stage);
    const killed = new Map<Mutant, string>();
    const note = (mutant: Mutant, by: string) => {
      killed.set(mutant, by);
      kill(mutant, stage.name, by);
    };
    if (at === 0) await runner.provePasses();
    const groups = at === 0
      ? judged.map((mutant) => [mutant])
      : groupsOf(judged, options.isExplained, { isOneByOne: stage.name === "types" });
    for (const group of groups) {
      if (options.isTimeUp?.()) {
        for (const mutant of group) {
          if (!unjudged.has(mutant)) unjudged.set(mutant, at === 0 ? "all" : "slow");
        }
        continue;
      }
      for await (const { mutants, by } of runner.judgeGroup(group)) {
        options.onJudged?.(mutants.length);
        if (by !== undefined) { for (const mutant of mutants) note(mutant, by); }
      }
    }
    left = left.filter((mutant) => !killed.has(mutant));
  }
  for (const mutant of left) {
    const without = unjudged.get(mutant);
    const result: Result = {
      ...{ mutant, stage: undefined, by: "" },
      ...without === undefined ? {} : { left: without },
    };
    results.push(result);
    options.onResult(result);
  }
  return results;
}

/** One stage, and whether it passes when nothing is broken. */
class StageRunner {
  readonly #bench: Bench;
  readonly #stage: Stage;
  #baselineMs: number | undefined = undefined;

  constructor(bench: Bench, stage: Stage) {
    this.#bench = bench;
    this.#stage = stage;
  }

  /** Without this every mutant would count as killed. */
  async provePasses(): Promise<void> {
    if (this.#baselineMs !== undefined) return;
    const { isKilled, by, tookMs } = await this.#run([]);
    if (isKilled) throw new Error(`Cannot judge mutants: "${by}" fails without any`);
    this.#baselineMs = tookMs;
  }

  /** Tells of each part of a group whether it survived, or what killed the one in it. */
  async *judgeGroup(
    mutants: readonly Mutant[],
  ): AsyncGenerator<{ mutants: readonly Mutant[]; by: string | undefined }> {
    const { isKilled, by } = await this.#run(mutants);
    if (!isKilled) return yield { mutants, by: undefined };
    await this.provePasses();
    if (mutants.length === 1) return yield { mutants, by };
    const half = Math.ceil(mutants.length / 2);
    yield* this.judgeGroup(mutants.slice(0, half));
    yield* this.judgeGroup(mutants.slice(half));
  }

  #run(group: readonly Mutant[]): Promise<Verdict> {
    const baselineMs = this.#baselineMs ?? UNKNOWN_MS;
    const cpuSeconds = Math.ceil(Math.max(CPU_SECONDS_MIN, baselineMs / 1_000 * CPU_FACTOR));
    return this.#bench.with(group, () => this.#bench.run(this.#stage, { cpuSeconds }));
  }
}

/**
 * Groups in which no two overlap: those that are explained, then the others. One by one are judged
 * those others of which most will be killed: to halve their groups would take twice as long.
 */
export function groupsOf(
  mutants: readonly Mutant[],
  isExplained: (mutant: Mutant) => boolean,
  { isOneByOne }: { readonly isOneByOne: boolean } = { isOneByOne: false },
): Mutant[][] {
  const groups: Mutant[][] = [];
  for (const wanted of [true, false]) {
    const first = groups.length;
    for (const mutant of mutants.filter((one) => isExplained(one) === wanted)) {
      const sizeMax = isOneByOne && !wanted ? 1 : GROUP_MAX;
      const fits = (group: Mutant[]) =>
        group.length < sizeMax && !group.some((other) => overlaps(mutant, other));
      const group = groups.slice(first).find(fits);
      if (group) group.push(mutant);
      else groups.push([mutant]);
    }
  }
  return groups;
}

function overlaps(a: Mutant, b: Mutant): boolean {
  return a.file === b.file && a.start < b.end + 1 && b.start < a.end + 1;
}
