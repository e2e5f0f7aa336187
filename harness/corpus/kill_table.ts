// `npm run corpus`: hunts each bug of the corpus with each strategy and writes what came of it, as JSON
// and as Markdown, beside the rows. Nothing in these two files is typed by hand.
import { writeFile } from "node:fs/promises";
import process from "node:process";
import { exhaustiveLane, randomLane } from "../kit/lanes.ts";
import { type Operation, parseOperation } from "../kit/operations.ts";
import { hunt, type LaneOf, shrunk } from "./_hunt.ts";
import { schedulerHunt } from "./_scheduler_hunt.ts";
import { CORPUS } from "./corpus.ts";
import type { CorpusRow } from "./corpus_row.ts";

const SEEDS = 40;
const SCHEDULES_MAX = 1_000;
const RANDOM = ["portfolio", "pct d=3", "uniform", "commit"];
const HOPS = [0, 1, 2, 3, 4, 5, 6];

/** How one strategy did on one bug. */
interface Kills {
  readonly strategy: string;
  /** In so many of the hunts it was found. */
  readonly killed: number;
  readonly of: number;
  readonly killedBy: string;
  /** Schedules until it was found, where it was: the middle, and 95 of 100 hunts. */
  readonly schedules: number | null;
  readonly schedules95: number | null;
  /** After shrinking; `null` where nothing shrinks. */
  readonly operations: number | null;
  readonly ms: number;
}

interface Row {
  readonly id: string;
  readonly bug: string;
  readonly expected: string;
  readonly story: number;
  readonly strategies: readonly Kills[];
}

async function killsOf(
  row: CorpusRow,
  strategy: string,
  lanes: readonly LaneOf[],
): Promise<Kills> {
  const beganMs = performance.now();
  const counts: number[] = [];
  const sizes: number[] = [];
  let killedBy = "";
  for (const laneOf of lanes) {
    const kill = await hunt(row, laneOf);
    if (kill === undefined) continue;
    counts.push(kill.schedules);
    killedBy ||= kill.headline;
    if (sizes.length === 0) sizes.push((await shrunk(kill)).story.operations.length);
  }
  return summed(strategy, { counts, sizes, killedBy, of: lanes.length, beganMs });
}

async function schedulerKills(row: CorpusRow): Promise<Kills> {
  const beganMs = performance.now();
  const counts: number[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) {
    const count = await schedulerHunt(row, { seed, schedulesMax: SCHEDULES_MAX });
    if (count !== undefined) counts.push(count);
  }
  const killedBy = counts.length > 0 ? row.expected[0] : "";
  return summed("fc.scheduler", { counts, sizes: [], killedBy, of: SEEDS, beganMs });
}

function summed(
  strategy: string,
  found: { counts: number[]; sizes: number[]; killedBy: string; of: number; beganMs: number },
): Kills {
  const { counts, sizes, killedBy, of, beganMs } = found;
  const sorted = counts.toSorted((one, other) => one - other);
  const at = (q: number) => sorted[Math.ceil((sorted.length - 1) * q)] ?? null;
  return {
    strategy,
    killed: counts.length,
    of,
    killedBy,
    schedules: at(0.5),
    schedules95: at(0.95),
    operations: sizes[0] ?? null,
    ms: Math.round((performance.now() - beganMs) / of),
  };
}

/** At rest first, then with a rushed step, then with timers at any time: the first that finds it. */
async function exhaustiveKills(row: CorpusRow, operations: readonly Operation[]): Promise<Kills> {
  const scopes = [
    { bounds: { deviationsMax: 3 } },
    { bounds: { rushedMax: 1, hops: HOPS, deviationsMax: 2 } },
    { bounds: { deviationsMax: 3 }, lane: { racy: true } },
  ];
  let kills: Kills | undefined;
  for (const scope of scopes) {
    const laneOf: LaneOf = (subject, known) =>
      exhaustiveLane(subject, {
        operations: storyFirst(operations, known),
        lengthMax: row.story.length,
        ...scope,
      });
    kills = await killsOf(row, "exhaustive", [laneOf]);
    if (kills.killed > 0) break;
  }
  return kills!;
}

async function rowOf(row: CorpusRow): Promise<Row> {
  const operations = row.story.map(parseOperation);
  const strategies = [await exhaustiveKills(row, operations)];
  for (const strategy of RANDOM) {
    const lanes = Array.from(
      { length: SEEDS },
      (_, at): LaneOf => (subject, operations) =>
        randomLane(subject, { operations, seed: at + 1, runs: SCHEDULES_MAX, strategy }),
    );
    strategies.push(await killsOf(row, strategy, lanes));
  }
  strategies.push(await schedulerKills(row));
  const { id, bug, expected, story } = row;
  return { id, bug, expected: expected[0], story: story.length, strategies };
}

/** What the story asks, which may be more than what is asked of every host. */
function storyFirst(story: readonly Operation[], known: readonly Operation[]): Operation[] {
  const texts = new Set<string>();
  return [...story, ...known].filter((operation) => {
    const text = JSON.stringify(operation);
    return texts.has(text) ? false : texts.add(text);
  });
}

function markdownOf(rows: readonly Row[]): string {
  const names = rows[0]!.strategies.map(({ strategy }) => strategy);
  const lines = rows.map(({ id, expected, strategies, story }) => {
    const cells = strategies.map(({ killed, of, schedules, schedules95 }) => {
      if (killed === 0) return "not found";
      const spread = of === 1 ? `${schedules}` : `${schedules} (${schedules95})`;
      return killed === of ? spread : `${spread}, ${killed} of ${of}`;
    });
    return `| ${[id, `\`${expected}\``, story, ...cells].join(" | ")} |`;
  });
  return `# Kill table

Made by \`npm run corpus\`. Schedules until the bug is first told by its guarantee: for the exhaustive
strategy over lists up to the length of the story (at rest, then with a rushed step, then with timers at
any time: the first that finds it), else the middle of ${SEEDS} seeds (and what 95 of 100
need), with at most 1,000 schedules a hunt unless the row says more. \`fc.scheduler\` orders the steps of
the same hosts; it shrinks no schedule.

| bug | guarantee | operations | ${names.join(" | ")} |
| ${["---", "---", "---", ...names.map(() => "---")].join(" | ")} |
${lines.join("\n")}
`;
}

const rows: Row[] = [];
// What grows with a chain is measured and not hunted: see harness/stack.
const hunted = CORPUS.filter(({ story }) => story.length > 0);
for (const [at, row] of hunted.entries()) {
  rows.push(await rowOf(row));
  process.stderr.write(`${at + 1} of ${hunted.length}: ${row.id}\n`);
}
const folder = new URL(".", import.meta.url);
await writeFile(new URL("kill-table.json", folder), `${JSON.stringify({ rows }, null, 2)}\n`);
await writeFile(new URL("KILL_TABLE.md", folder), markdownOf(rows));
