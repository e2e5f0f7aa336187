import assert from "node:assert/strict";
import { test } from "node:test";
import { adapterOf, chainHost, naiveHost } from "./_test_adapters.ts";
import { HostExploration } from "./explore_host.ts";

const hashes = new Set<number>();
let begun = 0;

/** An exploration whose slices end after so many schedules. */
function explorationOf(
  host = chainHost,
  options: { at?: number; of?: number; slice?: number; seed?: number } = {},
) {
  const { at = 0, of = 1, slice = Infinity, seed = 1 } = options;
  begun = 0;
  hashes.clear();
  return HostExploration.of(adapterOf(host), {
    file: "tiny.ts",
    seed,
    operationsMax: 2,
    part: { at, of },
    guarantees: ["SINGLE_TURN"],
    seen: (hash) => void hashes.add(hash),
    isOver: () => begun++ >= slice,
    isStopped: () => false,
    now: () => 0,
  });
}

async function exhausted(options: { at?: number; of?: number }) {
  const one = await explorationOf(chainHost, options);
  for (let lane = 0; lane < 3; lane++) await one.exhaust();
  return one.report().strategies.map(({ schedules, complete }) => ({ schedules, complete }));
}

test("the lists that several explorations share are all played, each by one of them", async () => {
  const alone = await exhausted({});
  assert.deepEqual(alone.map(({ complete }) => complete), [true, true]);
  const parts = [await exhausted({ at: 0, of: 2 }), await exhausted({ at: 1, of: 2 })];
  for (const at of alone.keys()) {
    const counts = parts.map((part) => part[at]!.schedules);
    assert.equal(counts[0]! + counts[1]!, alone[at]!.schedules);
    assert.ok(counts[0]! > 0 && counts[1]! > 0);
  }
});

test("an exploration goes on where its last slice ended", async () => {
  const one = await explorationOf(chainHost, { slice: 100 });
  let slices = 0;
  for (; slices < 100; slices++) {
    begun = 0;
    const before = one.schedules;
    await one.exhaust();
    if (one.schedules === before) break;
  }
  const whole = await exhausted({});
  assert.ok(slices > 5);
  assert.deepEqual(
    one.report().strategies.map(({ schedules, complete }) => ({ schedules, complete })),
    whole,
  );
});

test("each random slice has other schedules, and each job others than its neighbour", async () => {
  const storiesOf = async (options: { at?: number; seed?: number }) => {
    const one = await explorationOf(chainHost, { ...options, of: 2, slice: 200 });
    await one.sample();
    const first = [...hashes];
    begun = 0;
    await one.sample();
    return [first, [...hashes].slice(first.length)];
  };
  const [first, second] = await storiesOf({ at: 0 });
  assert.ok(first!.length > 50 && second!.length > 50, `${first!.length} ${second!.length}`);
  assert.deepEqual(await storiesOf({ at: 0 }), [first, second]);
  assert.notDeepEqual((await storiesOf({ at: 1 }))[0], first);
  assert.notDeepEqual((await storiesOf({ at: 0, seed: 2 }))[0], first);
});

test("one random slice in eight is uncompressed", async () => {
  const one = await explorationOf(chainHost, { slice: 20 });
  for (let slice = 0; slice < 8; slice++) {
    begun = 0;
    await one.sample();
  }
  const names = one.report().strategies.map(({ name, schedules }) => `${name} ${schedules}`);
  assert.deepEqual(names, ["portfolio 140", "uncompressed 20"]);
});

test("what an exploration found is in its report, and can be played again", async () => {
  const one = await explorationOf(naiveHost);
  await one.exhaust();
  const [violation] = one.violations;
  assert.equal(violation?.guarantee, "SINGLE_TURN");
  assert.equal(
    violation.replay,
    "npm run check:host -- replay tiny.ts --operations 'send a; send a' --tape 0",
  );
  assert.deepEqual(one.report().violations, [violation]);
});
