// Sends a second through session-queue beside its peers, in one process and one run. Each round takes
// all contenders, in an order that changes from round to round, so that a machine whose speed drifts
// drifts for all of them; what counts is the ratio within a round. Run by `npm run bench`.
import { writeFile } from "node:fs/promises";
import process from "node:process";
import { CONTENDERS, type Send, type Work } from "./contenders.ts";
import { runtime } from "./runtime.ts";
import { quantile, type Spread, spread } from "./spread.ts";

interface Scenario {
  readonly name: string;
  readonly keys: number;
  /** Messages that are sent to each key before the first one is waited for. */
  readonly depth: number;
  /** How often the work suspends. */
  readonly suspensions: number;
}

interface Row {
  readonly contender: string;
  readonly sendsPerSecond: number;
  /** Of the baseline's sends a second in the same round. */
  readonly ratio: Spread;
}

const ROUNDS = 15;
const WARM_UP_ROUNDS = 3;
const SENDS_PER_ROUND = 100_000;
const SCENARIOS: readonly Scenario[] = [
  { name: "1,000 keys, 10 deep, work suspends once", keys: 1_000, depth: 10, suspensions: 1 },
  { name: "1,000 keys, 1 deep, work suspends once", keys: 1_000, depth: 1, suspensions: 1 },
  { name: "1,000 keys, 10 deep, work never suspends", keys: 1_000, depth: 10, suspensions: 0 },
];

/** One round of one contender, in milliseconds. */
async function round(send: Send, { keys, depth }: Scenario, names: readonly string[]) {
  const batches = SENDS_PER_ROUND / (keys * depth);
  const startMs = performance.now();
  for (let batch = 0; batch < batches; batch++) {
    const results: Promise<unknown>[] = [];
    for (let n = 0; n < depth; n++) {
      for (const name of names) results.push(send(name, n));
    }
    await Promise.all(results);
  }
  return performance.now() - startMs;
}

async function run(scenario: Scenario): Promise<Row[]> {
  const names = Array.from({ length: scenario.keys }, (_, index) => `session-${index}`);
  const counter = count(scenario.suspensions);
  // Made once, as in a server: rounds differ in the time, not in what is warm.
  const contenders = Object.entries(CONTENDERS).map(([name, make]) =>
    [name, make(counter.work)] as const
  );
  const times = new Map<string, number[]>(contenders.map(([name]) => [name, []]));
  for (let index = -WARM_UP_ROUNDS; index < ROUNDS; index++) {
    const shift = (index + WARM_UP_ROUNDS) % contenders.length;
    for (const [name, send] of [...contenders.slice(shift), ...contenders.slice(0, shift)]) {
      const before = counter.done();
      const ms = await round(send, scenario, names);
      if (counter.done() - before !== SENDS_PER_ROUND) throw new Error(`${name} lost a message`);
      if (index >= 0) times.get(name)?.push(ms);
    }
    process.stderr.write(`\r${scenario.name}: round ${Math.max(index + 1, 0)}/${ROUNDS} `);
  }
  process.stderr.write("\n");
  const [baseline = []] = times.values();
  return [...times].map(([contender, list]) => ({
    contender,
    sendsPerSecond: Math.round(SENDS_PER_ROUND / quantile(list, 0.5) * 1_000),
    ratio: spread(list.map((ms, index) => (baseline[index] ?? NaN) / ms)),
  }));
}

/** Work that counts what it did, so that a contender that loses messages is not called fast. */
function count(suspensions: number): { work: Work; done: () => number } {
  let done = 0;
  const work: Work = suspensions === 0
    // deno-lint-ignore require-await -- an agent is an async function, also when it has nothing to wait for
    ? async (message) => {
      done++;
      return message;
    }
    : async (message) => {
      await undefined;
      done++;
      return message;
    };
  return { work, done: () => done };
}

const report = [];
for (const scenario of SCENARIOS) {
  const rows = await run(scenario);
  report.push({ runtime: runtime(), scenario, rows });
  console.log(`\n${runtime()}: ${scenario.name}`);
  console.log("  contender            sends/s      ratio to the bare chain (quartiles)");
  for (const { contender, sendsPerSecond, ratio } of rows) {
    const { median, low, high } = ratio;
    console.log(
      `  ${contender.padEnd(20)} ${sendsPerSecond.toLocaleString("en").padStart(10)}   ` +
        `${median.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`,
    );
  }
}
const [file] = process.argv.slice(2);
if (file !== undefined) {
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
}
