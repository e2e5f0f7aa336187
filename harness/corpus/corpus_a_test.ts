import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { Search } from "../kit/check_host.ts";
import { exhaustiveLane, randomLane } from "../kit/lanes.ts";
import { formatOperation, operationsFor } from "../kit/operations.ts";
import { probeHost } from "../kit/probe.ts";
import { SituationCounts } from "../kit/situations.ts";
import { checkStack } from "../kit/stack_lane.ts";
import type { HostAdapter } from "../kit/adapter.ts";
import { hunt, type Kill, type LaneOf, shrunk } from "./_a_hunt.ts";
import { anyErrorGone } from "./any_error_gone.ts";
import { behindSentinel } from "./behind_sentinel.ts";
import { busyEarly } from "./busy_early.ts";
import { cancelStrands } from "./cancel_strands.ts";
import { checkThenAct } from "./check_then_act.ts";
import { clearNewer } from "./clear_newer.ts";
import type { CorpusRow } from "./corpus_row.ts";
import { createRace } from "./create_race.ts";
import { doubleDone } from "./double_done.ts";
import { drainCancel } from "./drain_cancel.ts";
import { endFailsQueued } from "./end_fails_queued.ts";
import { falseAck } from "./false_ack.ts";
import { flagSteal } from "./flag_steal.ts";
import { ghostRun } from "./ghost_run.ts";
import { hangOnCancel } from "./hang_on_cancel.ts";
import { lateDouble } from "./late_double.ts";
import { lateDrop } from "./late_drop.ts";
import { recursion } from "./recursion.ts";
import { recursionReturn } from "./recursion_return.ts";
import { recursionThen } from "./recursion_then.ts";
import { releaseAll } from "./release_all.ts";
import { sendAfterStop } from "./send_after_stop.ts";
import { shutdownSpawn } from "./shutdown_spawn.ts";
import { slotOverwrite } from "./slot_overwrite.ts";
import { sticky } from "./sticky.ts";
import { stopChain } from "./stop_chain.ts";
import { stopSwallow } from "./stop_swallow.ts";
import { stopTail } from "./stop_tail.ts";
import { strand } from "./strand.ts";
import { wideLock } from "./wide_lock.ts";

/** What no schedule shows: these are measured over a chain. */
const CHAINS = [recursion, recursionReturn, recursionThen];

const ROWS = [
  releaseAll,
  lateDrop,
  lateDouble,
  drainCancel,
  slotOverwrite,
  checkThenAct,
  stopChain,
  stopSwallow,
  strand,
  falseAck,
  shutdownSpawn,
  sticky,
  stopTail,
  busyEarly,
  wideLock,
  clearNewer,
  createRace,
  flagSteal,
  anyErrorGone,
  doubleDone,
  behindSentinel,
  cancelStrands,
  sendAfterStop,
  endFailsQueued,
  ghostRun,
  hangOnCancel,
];

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
/** Of the stories that random schedules found, those of this seed are shrunk. */
const SHRUNK_SEED = 1;

for (const row of ROWS) {
  const { id, expected: [guarantee, ...others] } = row;
  const by = [guarantee, ...others].join(", ");
  let lists: Promise<Kill | undefined> | undefined;
  const found = () => lists ??= hunt(row, listsOf(row));

  test(`${id} is found by the lists of operations, and shrunk to its story (${by})`, async () => {
    const kill = await found();
    assertExpected(row, kill);
    const { story, hash } = await shrunk(kill);
    assert.deepEqual(story.operations.map(formatOperation), row.story);
    const again = await hunt(row, listsOf(row));
    assert.equal(again?.schedules, kill.schedules, "the search is the same each time");
    assert.deepEqual(await shrunk(again), { story, hash }, "and so is what is shrunk");
  });

  test(`${id} is found by random schedules, with each seed (${by})`, async () => {
    const headline = (await found())?.headline;
    for (const seed of SEEDS) {
      const kill = await hunt(row, randomOf(seed), headline);
      assertExpected(row, kill);
      if (seed !== SHRUNK_SEED) continue;
      const { story } = await shrunk(kill);
      assert.equal(story.operations.length, row.story.length, `seed ${seed}`);
    }
  });

  test(`${id}'s twin, without the flaw, is clean`, async () => {
    await assertClean(
      row.twin,
      (subject, operations) =>
        exhaustiveLane(subject, { operations, lengthMax: 2, bounds: { deviationsMax: 3 } }),
    );
    await assertClean(
      row.twin,
      (subject, operations) => randomLane(subject, { operations, seed: 1, runs: 300 }),
    );
  });
}

/** Only Node tells of promises; what is kept is told where the collector is exposed, as on Bun. */
const HAS_GC = "gc" in globalThis || process.versions.bun !== undefined;
const IS_NODE = process.versions.bun === undefined && process.versions.deno === undefined;

for (const row of CHAINS) {
  const skip = row === recursion || IS_NODE || HAS_GC ? false : "this runtime does not tell";

  test(`${row.id} is seen to grow, and its twin not (BOUNDED_STACK)`, { skip }, async () => {
    assert.deepEqual(row.expected, ["BOUNDED_STACK"]);
    const verdicts = [];
    for (const adapter of [row.buggy, row.twin]) {
      const { verdict } = await checkStack(adapter, {
        file: "",
        stack: {
          frames: { lengths: [100, 1_000] },
          promises: { length: 300 },
          heap: { length: 9_000 },
        },
        isOver: () => false,
        now: () => performance.now(),
      });
      verdicts.push(verdict.verdict);
    }
    assert.deepEqual(verdicts, ["broken", "kept"]);
  });

  test(`${row.id} breaks nothing that a schedule shows, nor does its twin`, async () => {
    for (const adapter of [row.buggy, row.twin]) {
      await assertClean(
        adapter,
        (subject, operations) =>
          exhaustiveLane(subject, { operations, lengthMax: 3, bounds: { deviationsMax: 3 } }),
      );
    }
  });
}

function listsOf({ story }: CorpusRow): LaneOf {
  const bounds = { deviationsMax: 3 };
  return (subject, operations) =>
    exhaustiveLane(subject, { operations, lengthMax: story.length, bounds });
}

function randomOf(seed: number): LaneOf {
  return (subject, operations) => randomLane(subject, { operations, seed, runs: Infinity });
}

/** It was found in time, and nothing was broken before that has nothing to do with it. */
function assertExpected({ expected }: CorpusRow, kill: Kill | undefined): asserts kill is Kill {
  assert.ok(kill !== undefined, "it was not found in time");
  for (const headline of [...kill.before, kill.headline]) {
    assert.ok(expected.includes(headline), `${headline} is not expected`);
  }
}

async function assertClean(adapter: HostAdapter, laneOf: LaneOf): Promise<void> {
  const { features = [] } = adapter;
  const host = await probeHost(adapter);
  const situations = new SituationCounts(host, features);
  const search = new Search({ adapter, file: "", seed: 1, situations, now: () => 0 });
  await search.run(laneOf(search.subject, operationsFor(host, features)));
  const { violations, escapes, strategies: [strategy] } = search.report();
  assert.deepEqual(violations.map(({ guarantee, story }) => `${guarantee}: ${story}`), []);
  assert.deepEqual(escapes, []);
  assert.ok(search.schedules > 0 && strategy?.complete !== false);
}
