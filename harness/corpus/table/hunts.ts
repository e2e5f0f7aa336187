import { Ledger } from "../../ledger.ts";
import { chainOf } from "../../kit/host_chain.ts";
import { ORACLES } from "../../oracles/oracles.ts";
import { measureStack, type StackLane } from "../../stack/bounded_stack.ts";
import { huntByChance, huntInLists, type Kill, SCHEDULES_MAX, shrunk } from "../_hunt.ts";
import { schedulerHunt } from "../_scheduler_hunt.ts";
import type { CorpusRow } from "../corpus_row.ts";
import { type Found, type KillRow, type Kills, sumUp } from "./kills.ts";

/** The random strategies that are compared. */
const RANDOM = ["portfolio", "pct d=3", "uniform", "commit"];
/** Turns of the chains; a heap is told by more of them. */
const CHAIN = {
  frames: { lengths: [100, 1_000] },
  promises: { length: 300 },
  heap: { length: 9_000 },
};
const STACK_LANES: readonly StackLane[] = ["frames", "promises", "heap"];

/** Hunts one bug with each strategy; one that grows with a chain is measured. */
export async function killRowOf(row: CorpusRow, seeds: number): Promise<KillRow> {
  const { id, bug, seenIn, expected: [expected], story, schedulesMax = SCHEDULES_MAX } = row;
  const isChain = story.length === 0;
  return {
    id,
    bug,
    seenIn,
    expected,
    story: story.length,
    schedulesMax,
    strategies: isChain ? [] : await strategiesOf(row, seeds),
    measuredBy: isChain ? await growing(row) : [],
  };
}

async function strategiesOf(row: CorpusRow, seeds: number): Promise<Kills[]> {
  const kills = [await killsOf("exhaustive", 1, () => huntInLists(row))];
  for (const strategy of RANDOM) {
    kills.push(await killsOf(strategy, seeds, (seed) => huntByChance(row, { seed, strategy })));
  }
  kills.push(await baselineOf(row, seeds));
  return kills;
}

/** Of the hunts that found it, the first is shrunk. */
async function killsOf(
  strategy: string,
  of: number,
  hunt: (seed: number) => Promise<Kill | undefined>,
): Promise<Kills> {
  const found: Found[] = [];
  let first: Kill | undefined;
  for (let seed = 1; seed <= of; seed++) {
    const beganMs = performance.now();
    const kill = await hunt(seed);
    if (kill === undefined) continue;
    const { schedules, headline } = kill;
    found.push({ seed, killedBy: headline, schedules, ms: performance.now() - beganMs });
    first ??= kill;
  }
  const small = first === undefined ? undefined : await shrunk(first);
  return sumUp(strategy, { found, of, operations: small?.story.operations.length });
}

async function baselineOf(row: CorpusRow, of: number): Promise<Kills> {
  const { schedulesMax = SCHEDULES_MAX } = row;
  const found: Found[] = [];
  for (let seed = 1; seed <= of; seed++) {
    const beganMs = performance.now();
    const kill = await schedulerHunt(row, { seed, schedulesMax });
    if (kill === undefined) continue;
    const { schedules, headline } = kill;
    found.push({ seed, killedBy: headline, schedules, ms: performance.now() - beganMs });
  }
  return sumUp("fc.scheduler", { found, of });
}

/** What the lanes of the bounded stack tell of a chain, each by itself. */
async function growing({ buggy }: CorpusRow): Promise<StackLane[]> {
  const { records } = await measureStack(chainOf(buggy, { isOver: () => false }), CHAIN);
  return STACK_LANES.filter((lane) => {
    const ledger = new Ledger();
    for (const record of records) if (record.lane === lane) ledger.write(record);
    return ORACLES.BOUNDED_STACK.judge(ledger, {}) !== undefined;
  });
}
