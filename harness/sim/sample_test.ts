import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sample, type World } from "../mod.ts";

/** As many actors as asked for; each reads, then writes what it read and one more. */
function counting(actors: number): World {
  let stored = 0;
  const seen = new Map<string, number>();
  const left = new Set(Array.from({ length: actors }, (_, at) => `actor ${at}`));
  const read = (name: string) => () => void seen.set(name, stored);
  const write = (name: string) => () => void (left.delete(name), stored = seen.get(name)! + 1);
  return {
    enabled: () =>
      [...left].map((name) =>
        seen.has(name)
          ? { label: `${name} writes`, run: write(name) }
          : { label: `${name} reads`, run: read(name) }
      ),
    finish: () => assert.equal(stored, actors),
  };
}

async function reportOf(sampling: Promise<unknown>): Promise<string> {
  return await sampling.then(() => "no failure", (error: Error) => error.message);
}

test("sample() tells how much it ran", async () => {
  const once = await sample(fc.constant(1), counting, { numRuns: 20 });
  assert.deepEqual(once, { schedules: 20, steps: 40 });
});

test("sample() finds an order that fails, and its report has labels, input and seed", async () => {
  const report = await reportOf(sample(fc.integer({ min: 1, max: 4 }), counting, { seed: 1 }));
  assert.match(report, /seed: 1, path: "/);
  // The input was shrunk to the smallest that can fail.
  assert.match(report, /Counterexample: \[2,-?\d+\]/);
  assert.match(report, /ScheduleError: Schedule failed\n {4}1\. actor \d reads\n/);
  assert.match(report, /\nReplay with tape \[[\d, ]*\]\n/);
});

test("sample() runs the same schedules for the same seed", async () => {
  const orders = async (seed: number) => {
    const orders: string[] = [];
    await sample(fc.constant(3), (actors) => {
      const world = counting(actors);
      let order = "";
      const enabled = () =>
        world.enabled().map(({ label, run }) => ({
          label,
          run: () => (order += ` ${label}`, run()),
        }));
      return { enabled, finish: () => void orders.push(order) };
    }, { seed });
    return orders;
  };
  assert.deepEqual(await orders(7), await orders(7));
  assert.notDeepEqual(await orders(7), await orders(8));
  assert.ok(new Set(await orders(7)).size > 30, "one seed makes many orders");
});

test("sample() rushes steps by up to 5 hops, and takes the others at rest", async () => {
  const seen = new Set<number>();
  await sample(fc.constant(undefined), () => {
    const left = new Set(["start", "look"]);
    let hops = -1;
    const start = async () => {
      hops = 0;
      while (hops < 8) hops += await 1;
    };
    const acts = { start: () => void start(), look: () => void seen.add(hops) };
    return {
      enabled: () =>
        [...left].map((label) => ({
          label,
          run: () => (left.delete(label), acts[label as "start" | "look"]()),
        })),
    };
  }, { seed: 3 });
  assert.deepEqual([...seen].sort(), [-1, 0, 1, 2, 3, 4, 5, 8]);
});

test("sample() looks at the world whenever it is at rest", async () => {
  let checks = 0;
  const createWorld = (actors: number) => ({ ...counting(actors), check: () => void checks++ });
  await sample(fc.constant(1), createWorld, { numRuns: 10, seed: 1 });
  // At the start and at the end of each, and between the steps of those that are not rushed.
  assert.ok(checks >= 20 && checks <= 30, `checked ${checks} times`);
  const failing = () => ({
    ...counting(1),
    check: () => {
      throw new Error("Not at rest");
    },
  });
  assert.match(await reportOf(sample(fc.constant(1), failing)), /Error: Not at rest/);
});

test("sample() fails on a schedule that does not end", async () => {
  const createWorld = () => ({ enabled: () => [{ label: "again", run: () => {} }] });
  const report = await reportOf(sample(fc.constant(0), createWorld, { stepsMax: 5 }));
  assert.match(report, / {3}5\. again[^]*\nError: Schedule does not end: it took 5 steps/);
});
