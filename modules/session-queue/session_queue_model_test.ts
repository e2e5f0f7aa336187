import assert from "node:assert/strict";
import { test } from "node:test";
import { explore, type ExploreOptions, sample } from "@lanekeeper/harness";
import fc from "fast-check";
import { type Op, type Plan, QueueWorld } from "./_queue_world.ts";

/** Runs all schedules of a plan, and tells how many there were and what came up in them. */
async function exploreAll(plan: Plan, options: ExploreOptions = {}) {
  const situations = new Map<string, number>();
  const createWorld = () => new QueueWorld(plan, situations);
  const { schedules, complete } = await explore(createWorld, {
    schedulesMax: 1_000_000,
    ...options,
  });
  assert.ok(complete);
  return { schedules, situations: [...situations.keys()].sort() };
}

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
const DEAF: Plan = {
  ops: ["send", "interrupt", "withdraw", "stop", "stop, keep", "end", "stopAll"],
  count: 3,
  script: { onAbort: ["settle", "ignore"] },
  timers: true,
};
const t = performance.now.bind(performance);
for (
  const [name, plan, options] of [
    ["m4", MESSAGES, {}],
    ["m3r", { ...MESSAGES, count: 3 }, { rushedMax: 1, hops: [0, 1, 2, 3] }],
    ["life3", LIFE, {}],
    ["life2rr", { ...LIFE, count: 2 }, { rushedMax: 2, hops: [0, 1, 2, 3, 4, 5, 6, 7, 8] }],
    ["lifeslow", { ...LIFE, slow: true }, {}],
    ["lifeslow2", { ...LIFE, slow: true, count: 2 }, {
      rushedMax: 1,
      hops: [0, 1, 2, 3, 4, 5, 6, 7, 8],
    }],
    ["deaf", DEAF, {}],
    ["deafp", { ...DEAF, onAbandon: "proceed" }, {}],
    ["deafslow", { ...DEAF, count: 2, handles: true, slow: true }, {}],
    ["deafslowp", { ...DEAF, count: 2, handles: true, slow: true, onAbandon: "proceed" }, {}],
  ] as [string, Plan, ExploreOptions][]
) {
  test(name, async () => {
    const a = t();
    console.log(name, await exploreAll(plan, options), t() - a);
  });
}
