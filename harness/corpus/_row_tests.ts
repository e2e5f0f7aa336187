import assert from "node:assert/strict";
import type { HostAdapter } from "../kit/adapter.ts";
import { Search } from "../kit/check_host.ts";
import { exhaustiveLane, randomLane, type SearchLane } from "../kit/lanes.ts";
import { formatOperation, type Operation, operationsFor } from "../kit/operations.ts";
import { probeHost } from "../kit/probe.ts";
import { SituationCounts } from "../kit/situations.ts";
import type { Subject } from "../kit/story.ts";
import { huntByChance, huntInLists, type Kill, shrunk } from "./_hunt.ts";
import type { CorpusRow } from "./corpus_row.ts";

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
/** What is seldom found costs thousands of schedules with each seed: so many are enough here. */
const SEEDS_OF_RARE = 3;
/** Of the stories that random schedules found, the one of this seed is shrunk. */
const SHRUNK_SEED = 1;

/** One test: a report knows it by the file that registers it, so that is left to the file. */
export type NamedTest = readonly [name: string, body: () => Promise<void>];

/** The tests of one row: found, shrunk, the same each time, and its twin is clean. */
export function testsOf(row: CorpusRow): NamedTest[] {
  const { id, expected } = row;
  const by = expected.join(", ");
  let lists: Promise<Kill | undefined> | undefined;
  const found = () => lists ??= huntInLists(row);

  const byLists = async () => {
    const kill = await found();
    assertExpected(row, kill);
    const { story, hash } = await shrunk(kill);
    assert.deepEqual(story.operations.map(formatOperation), row.story);
    const again = await huntInLists(row);
    assert.equal(again?.schedules, kill.schedules, "the search is the same each time");
    assert.deepEqual(await shrunk(again), { story, hash }, "and so is what is shrunk");
  };

  const byChance = async () => {
    const headline = (await found())?.headline;
    const seeds = row.schedulesMax === undefined ? SEEDS : SEEDS.slice(0, SEEDS_OF_RARE);
    for (const seed of seeds) {
      const kill = await huntByChance(row, { seed, wanted: headline });
      assertExpected(row, kill);
      if (seed !== SHRUNK_SEED) continue;
      const { story } = await shrunk(kill);
      assert.equal(story.operations.length, row.story.length, `seed ${seed}`);
    }
  };

  const twinIsClean = async () => {
    await assertClean(
      row.twin,
      (subject, operations) =>
        exhaustiveLane(subject, { operations, lengthMax: 2, bounds: { deviationsMax: 3 } }),
    );
    await assertClean(
      row.twin,
      (subject, operations) => randomLane(subject, { operations, seed: 1, runs: 300 }),
    );
  };

  return [
    [`${id} is found by the lists of operations, and shrunk to its story (${by})`, byLists],
    [`${id} is found by random schedules, with each seed (${by})`, byChance],
    [`${id}'s twin, without the flaw, is clean`, twinIsClean],
  ];
}

/** It was found in time, and nothing was broken before that has nothing to do with it. */
function assertExpected({ expected }: CorpusRow, kill: Kill | undefined): asserts kill is Kill {
  assert.ok(kill !== undefined, "it was not found in time");
  for (const headline of [...kill.before, kill.headline]) {
    assert.ok(expected.includes(headline), `${headline} is not expected`);
  }
}

/** Nothing is found in this lane. */
export async function assertClean(
  adapter: HostAdapter,
  laneOf: (subject: Subject, operations: readonly Operation[]) => SearchLane,
): Promise<void> {
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
