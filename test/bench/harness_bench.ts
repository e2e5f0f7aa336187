// Schedules a second of the harness beside `fc.scheduler`, on the same worlds with the same oracles, in
// one process and one run: each round plays both, in turn, and what counts is the ratio within a round.
// Run by `npm run bench -- --bench harness`.
import {
  GUARANTEES,
  type HostAdapter,
  HostWorld,
  parseOperation,
  playRandomly,
  Random,
  type World,
} from "@lanekeeper/harness";
import { writeFile } from "node:fs/promises";
import process from "node:process";
import hostAdapter from "../conformance/host_adapter.ts";
import queueAdapter from "../conformance/session_queue_adapter.ts";
import { runtime } from "./runtime.ts";
import { playWithScheduler } from "./scheduler_play.ts";
import { quantile, type Spread, spread } from "./spread.ts";

interface Scenario {
  readonly name: string;
  readonly schedules: number;
  createWorld(): World;
}

const ROUNDS = 15;
const WARM_UP_ROUNDS = 3;
const STORY = ["send a", "send a throws", "stop a keep", "send a"];

const SCENARIOS: readonly Scenario[] = [
  { name: "ten-step toy", schedules: 4_000, createWorld: toyWorld },
  { name: "session-queue, 4 operations", schedules: 2_000, createWorld: hostWorld(queueAdapter) },
  { name: "composed host, 4 operations", schedules: 500, createWorld: hostWorld(hostAdapter) },
];

/** Two actors with five steps each: they lock, work and release in turn, and nobody may overlap. */
function toyWorld(): World {
  const waiting: (() => void)[] = [];
  let ready: { label: string; run: () => void }[] = [];
  let holder: string | undefined;
  let overlaps = 0;
  let finished = 0;
  const port = (label: string) =>
    new Promise<void>((resolve) => {
      const run = () => {
        ready = ready.filter((step) => step.label !== label);
        resolve();
      };
      ready.push({ label, run });
    });
  const actor = async (name: string) => {
    await port(`${name} arrives`);
    while (holder !== undefined) await new Promise<void>((resolve) => waiting.push(resolve));
    holder = name;
    for (const stage of ["reads", "works", "writes"]) {
      await port(`${name} ${stage}`);
      if (holder !== name) overlaps++;
    }
    holder = undefined;
    waiting.shift()?.();
    await port(`${name} leaves`);
    finished++;
  };
  void actor("a");
  void actor("b");
  return {
    enabled: () => ready,
    finish: () => {
      if (overlaps > 0 || finished < 2) {
        throw new Error(`${overlaps} overlaps, ${finished} finished`);
      }
    },
  };
}

function hostWorld(adapter: HostAdapter): () => World {
  const operations = STORY.map(parseOperation);
  const judged = GUARANTEES;
  return () => new HostWorld({ adapter, operations, judged, random: new Random(1) });
}

async function run({ name, schedules, createWorld }: Scenario) {
  const play = {
    harness: (seed: number) => playRandomly(createWorld, { schedules, seed }),
    "fc.scheduler": (seed: number) => playWithScheduler(createWorld, { schedules, seed }),
  };
  const times = { harness: [] as number[], "fc.scheduler": [] as number[] };
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    const order = round % 2 === 0
      ? ["harness", "fc.scheduler"] as const
      : ["fc.scheduler", "harness"] as const;
    for (const contender of order) {
      const beganMs = performance.now();
      await play[contender](round + 100);
      if (round >= 0) times[contender].push(performance.now() - beganMs);
    }
    process.stderr.write(`\r${name}: round ${Math.max(round + 1, 0)}/${ROUNDS} `);
  }
  process.stderr.write("\n");
  const rate = (list: readonly number[]) => Math.round(schedules / quantile(list, 0.5) * 1_000);
  const ratio: Spread = spread(
    times.harness.map((ms, at) => (times["fc.scheduler"][at] ?? NaN) / ms),
  );
  return {
    runtime: runtime(),
    scenario: name,
    harness: rate(times.harness),
    scheduler: rate(times["fc.scheduler"]),
    ratio,
  };
}

const report = [];
console.log(`\n${runtime()}: schedules a second`);
console.log("  world                          harness   fc.scheduler   ratio (quartiles)");
for (const scenario of SCENARIOS) {
  const row = await run(scenario);
  const { harness, scheduler, ratio: { median, low, high } } = row;
  report.push(row);
  console.log(
    `  ${scenario.name.padEnd(28)} ${harness.toLocaleString("en").padStart(9)} ` +
      `${scheduler.toLocaleString("en").padStart(14)}   ` +
      `${median.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`,
  );
}
const [file] = process.argv.slice(2);
if (file !== undefined) await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
