import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostAdapter } from "../kit/adapter.ts";
import { Search } from "../kit/check_host.ts";
import { exhaustiveLane, randomLane, type Scope } from "../kit/lanes.ts";
import {
  formatOperation,
  type Operation,
  operationsFor,
  parseOperation,
} from "../kit/operations.ts";
import { probeHost } from "../kit/probe.ts";
import { SituationCounts } from "../kit/situations.ts";
import { hunt, type Kill, type LaneOf, shrunk } from "./_a_hunt.ts";
import { ackLost } from "./ack_lost.ts";
import { batchTail } from "./batch_tail.ts";
import { cancelUnawaited } from "./cancel_unawaited.ts";
import { clearHangs } from "./clear_hangs.ts";
import type { CorpusRow } from "./corpus_row.ts";
import { cursorPast } from "./cursor_past.ts";
import { dedupeFirst } from "./dedupe_first.ts";
import { dedupeLate } from "./dedupe_late.ts";
import { earlyClear } from "./early_clear.ts";
import { flushOverlap } from "./flush_overlap.ts";
import { fullHead } from "./full_head.ts";
import { globalCwd } from "./global_cwd.ts";
import { installAbort } from "./install_abort.ts";
import { lateIntake } from "./late_intake.ts";
import { lateReply } from "./late_reply.ts";
import { leaseExpiry } from "./lease_expiry.ts";
import { levelTruthy } from "./level_truthy.ts";
import { lockSwap } from "./lock_swap.ts";
import { mash } from "./mash.ts";
import { missedDrain } from "./missed_drain.ts";
import { overlapCancel } from "./overlap_cancel.ts";
import { reorder } from "./reorder.ts";
import { resumeSend } from "./resume_send.ts";
import { selfEnd } from "./self_end.ts";
import { slowAck } from "./slow_ack.ts";
import { throwStrands } from "./throw_strands.ts";
import { timerSurvives } from "./timer_survives.ts";
import { tombGrowth } from "./tomb_growth.ts";
import { tornTail } from "./torn_tail.ts";
import { wrongOrder } from "./wrong_order.ts";
import { wrongThread } from "./wrong_thread.ts";

const ROWS: readonly CorpusRow[] = [
  selfEnd,
  lockSwap,
  resumeSend,
  earlyClear,
  tombGrowth,
  tornTail,
  cancelUnawaited,
  levelTruthy,
  ackLost,
  dedupeFirst,
  reorder,
  slowAck,
  wrongOrder,
  overlapCancel,
  leaseExpiry,
  throwStrands,
  fullHead,
  batchTail,
  mash,
  lateReply,
  missedDrain,
  cursorPast,
  wrongThread,
  dedupeLate,
  flushOverlap,
  timerSurvives,
  clearHangs,
  globalCwd,
  installAbort,
  lateIntake,
];

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
/** What is seldom found costs thousands of schedules with each seed: so many are enough here. */
const SEEDS_OF_RARE = 3;
/** Of the stories that random schedules found, the one of this seed is shrunk. */
const SHRUNK_SEED = 2;

for (const row of ROWS) {
  const { id, expected } = row;
  const by = expected.join(", ");
  let lists: Promise<Kill | undefined> | undefined;
  const found = () => lists ??= huntInLists(row);

  test(`${id} is found by the lists of operations, and shrunk to its story (${by})`, async () => {
    const kill = await found();
    assertExpected(row, kill);
    const { story, hash } = await shrunk(kill);
    assert.deepEqual(story.operations.map(formatOperation), row.story);
    const again = await huntInLists(row);
    assert.equal(again?.schedules, kill.schedules, "the search is the same each time");
    assert.deepEqual(await shrunk(again), { story, hash }, "and so is what is shrunk");
  });

  test(`${id} is found by random schedules, with each seed (${by})`, async () => {
    const headline = (await found())?.headline;
    const seeds = row.schedulesMax === undefined ? SEEDS : SEEDS.slice(0, SEEDS_OF_RARE);
    for (const seed of seeds) {
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

/** As a check goes through the lists, but those with the operations of the story first. */
async function huntInLists(row: CorpusRow): Promise<Kill | undefined> {
  const { length } = row.story;
  const scopes: Omit<Scope, "operations">[] = [
    { lengthMax: length, bounds: { deviationsMax: 3 } },
    { lengthMax: Math.min(2, length), bounds: { rushedMax: 1, hops: [0, 1, 2, 3, 4, 5, 6] } },
    { lengthMax: Math.min(2, length), lane: { racy: true } },
  ];
  for (const scope of scopes) {
    const kill = await hunt(
      row,
      (subject, operations) =>
        exhaustiveLane(subject, { ...scope, operations: storyFirst(row, operations) }),
    );
    if (kill !== undefined) return kill;
  }
  return undefined;
}

function storyFirst({ story }: CorpusRow, operations: readonly Operation[]): Operation[] {
  const texts = new Set([...story, ...operations.map(formatOperation)]);
  return [...texts].map(parseOperation);
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
