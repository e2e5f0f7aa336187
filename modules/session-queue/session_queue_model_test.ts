import assert from "node:assert/strict";
import { test } from "node:test";
import { explore, type ExploreOptions, sample } from "@lanekeeper/harness";
import fc from "fast-check";
import { type Op, type Plan, QueueWorld } from "./_testing/queue_world.ts";

/**
 * Every list of `count` operations, in every order with what the agent, its hooks and the timers do.
 * What must be true of each is in `_testing/queue_oracle.ts`. Rushed schedules take a step in the
 * middle of what another one set off; their number depends on how many microtasks that takes, and
 * so only its order of magnitude is asserted.
 */
async function exploreAll(plan: Plan, options: ExploreOptions = {}) {
  const situations = new Map<string, number>();
  const createWorld = () => new QueueWorld(plan, situations);
  const explored = await explore(createWorld, { schedulesMax: 200_000, ...options });
  assert.ok(explored.complete);
  return { schedules: explored.schedules, situations: [...situations.keys()].sort() };
}

/** What may happen to the messages of a session. */
const MESSAGES: Plan = {
  ops: [
    "send",
    "interrupt",
    "supersede",
    "collect",
    "withdraw",
    "stop",
    "stop, keep",
    "stop gracefully",
  ],
  count: 4,
};

/** What may happen to a session. */
const LIFE: Plan = {
  ops: [
    "send",
    "interrupt",
    "withdraw",
    "stop",
    "end",
    "create",
    "resume",
    "revive",
    "disconnect",
    "stopAll",
  ],
  count: 3,
  handles: true,
};

/** Agents that may ignore their cancel, and deadlines. */
const DEAF: Plan = {
  ops: ["send", "interrupt", "withdraw", "stop", "stop, keep", "end", "stopAll"],
  count: 3,
  script: { onAbort: ["settle", "ignore"] },
  timers: true,
};

const MESSAGES_CAME = ["completed", "stopped", "superseded", "withdrawn"];
const MERGED_CAME = ["a message for a busy session", "a turn of several messages", "merged"];
const LIFE_CAME = ["a handle", "a message for a busy session", ...MESSAGES_CAME].concat(
  ["ended", "failed", "refused: draining", "refused: ended"],
).sort();
const DEAF_CAME = ["a message for a busy session", "abandoned", "draining", ...MESSAGES_CAME]
  .concat(
    ["ended", "refused: draining", "refused: ended"],
  ).sort();

test("all lists of 4 operations on messages, in all orders with the agent", async () => {
  assert.deepEqual(await exploreAll(MESSAGES), {
    schedules: 36_645,
    situations: [...MERGED_CAME, ...MESSAGES_CAME].sort(),
  });
});

test("all lists of 3 operations on messages, one step of each schedule rushed", async () => {
  const options = { rushedMax: 1, hops: [0, 1, 2] };
  const { schedules } = await exploreAll({ ...MESSAGES, count: 3 }, options);
  assert.ok(schedules > 10_000, `${schedules} schedules`);
});

test("all lists of 3 operations on a session, whose handles come, fail and go", async () => {
  assert.deepEqual(await exploreAll(LIFE), { schedules: 5_735, situations: LIFE_CAME });
});

test("all lists of 3 operations on a session whose close and cancel are slow", async () => {
  assert.deepEqual(await exploreAll({ ...LIFE, slow: true }), {
    schedules: 13_286,
    situations: LIFE_CAME,
  });
});

test("all lists of 4 operations that begin and end a session", async () => {
  const ops: Op[] = ["send", "end", "resume", "revive", "disconnect"];
  const { schedules } = await exploreAll({ ...LIFE, ops, count: 4 });
  assert.equal(schedules, 10_978);
});

test("all lists of 2 operations on a session, one step of each schedule rushed", async () => {
  const options = { rushedMax: 1, hops: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] };
  for (const slow of [false, true]) {
    const { schedules } = await exploreAll({ ...LIFE, slow, count: 2 }, options);
    assert.ok(schedules > 5_000, `${schedules} schedules`);
  }
});

test("all lists of 3 operations with agents that may ignore their cancel and block", async () => {
  assert.deepEqual(await exploreAll(DEAF), { schedules: 3_672, situations: DEAF_CAME });
});

test("all lists of 3 operations with agents that may ignore their cancel and are passed by", async () => {
  const { schedules } = await exploreAll({ ...DEAF, onAbandon: "proceed" });
  assert.equal(schedules, 6_478);
});

test("all lists of 2 operations with deaf agents that have handles and slow hooks", async () => {
  const plan = { ...DEAF, count: 2, handles: true, slow: true };
  const counts = [
    (await exploreAll({ ...plan, onAbandon: "block" })).schedules,
    (await exploreAll({ ...plan, onAbandon: "proceed" })).schedules,
  ];
  assert.deepEqual(counts, [2_474, 2_612]);
});

test("a random sample of long stories on two sessions", async () => {
  const all = [...new Set([...MESSAGES.ops, ...LIFE.ops])];
  const plans = fc.record({
    ops: fc.uniqueArray(fc.constantFrom(...all), { minLength: 3 }).map((ops) =>
      ["send", "send", ...ops].filter((op, at, list) => list.indexOf(op) === at) as Op[]
    ),
    count: fc.integer({ min: 4, max: 12 }),
    sessions: fc.constantFrom(["a"], ["a", "b"]),
    onAbandon: fc.constantFrom("block" as const, "proceed" as const),
    handles: fc.boolean(),
    slow: fc.boolean(),
    timers: fc.boolean(),
    script: fc.constantFrom({}, { onAbort: ["settle", "ignore"] as const }),
  });
  const createWorld = (plan: Plan) => new QueueWorld(plan, new Map());
  const { schedules } = await sample(plans, createWorld, { numRuns: 1_000 });
  assert.equal(schedules, 1_000);
});
