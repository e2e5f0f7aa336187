import assert from "node:assert/strict";
import { test } from "node:test";
import { adapterOf, naiveHost } from "./_test_adapters.ts";
import { checkHost, type CheckOptions } from "./check.ts";
import { tapesLane } from "./lanes.ts";
import { parseOperations } from "./operations.ts";
import { playStory, type Story } from "./story.ts";

const adapter = adapterOf(naiveHost);
const subject = { adapter, judged: ["SINGLE_TURN"] } as const;
/** Nothing but tapes. */
const TAPES_ONLY: CheckOptions = {
  strategy: "uniform",
  runs: 0,
  guarantees: ["SINGLE_TURN"],
  now: () => 0,
};

function storyOf(operations: string, tape: number[]): Story {
  return { operations: parseOperations(operations), tape, lane: {} };
}

/** Two runs at once; something is to come in the middle of the last step, and there is nothing. */
const TWO_RUNS = storyOf("send a; send a", [0, 0, 0, 0, 0, 1]);
/** One run, with each step in the middle of the one before. */
const ONE_RUN = storyOf("send a", [1, 1]);

test("a stored story whose rush finds nothing to do is judged", async () => {
  for (const [story, broken] of [[TWO_RUNS, ["SINGLE_TURN"]], [ONE_RUN, []]] as const) {
    assert.ok((await playStory(subject, story)).isTwin, "it is such a story");
    const { schedules, violations } = await checkHost(adapter, { ...TAPES_ONLY, tapes: [story] });
    assert.equal(schedules, 1);
    assert.deepEqual(violations.map(({ guarantee }) => guarantee), broken);
  }
});

test("each stored story is judged exactly once", async () => {
  const tapes = [TWO_RUNS, storyOf("send a", []), TWO_RUNS, ONE_RUN];
  const { strategies, verdicts } = await checkHost(adapter, { ...TAPES_ONLY, tapes });
  assert.deepEqual(strategies.map(({ name, schedules }) => [name, schedules]), [
    ["regression tapes", 4],
  ]);
  const verdict = verdicts.find(({ guarantee }) => guarantee === "SINGLE_TURN");
  assert.deepEqual(verdict, { guarantee: "SINGLE_TURN", verdict: "broken", schedules: 4 });
  const lane = tapesLane(subject, tapes);
  let count = 0;
  for (let next = lane.next(); next !== undefined; next = lane.next()) {
    assert.ok(next !== "wait");
    await next.play();
    assert.equal(lane.over(next), undefined);
    assert.equal(next.isTwin, false, `story ${count}`);
    assert.deepEqual(lane.storyOf(next).operations, tapes[count++]?.operations);
  }
  assert.equal(count, tapes.length);
});

test("a check that played nothing says whether there was no time, or nothing to play", async () => {
  const played = (options: CheckOptions) => checkHost(adapter, { ...TAPES_ONLY, ...options });
  await assert.rejects(played({}), /no schedule was played: none was asked for$/);
  const late = { tapes: [ONE_RUN], budgetMs: 0 };
  await assert.rejects(played(late), /no schedule was played: there was no time for any$/);
});
