import assert from "node:assert/strict";
import { test } from "node:test";
import type { RecordOf } from "../ledger_record.ts";
import { assertBreaks, assertKeeps, Story } from "./_test_support.ts";
import { boundedStack, boundedState } from "./bounds.ts";

type Lane = RecordOf<"measure">["lane"];

/** A series with these values at 100, 200 and so on. */
function measured(lane: Lane, values: readonly number[], limit?: number): Story {
  const story = new Story();
  values.forEach((value, i) => {
    const n = (i + 1) * 100;
    story.put({ kind: "measure", lane, name: "it", n, value, ...(limit ? { limit } : {}) });
  });
  return story;
}

test("BOUNDED_STACK fires when the stack grows with a chain (recursion)", () => {
  const story = measured("frames", [210, 410, 610]);
  const how = "it (frames) grew by 2 for each of 200 more follow-ups";
  assertBreaks(boundedStack, story, { story: how, at: 2 });
  assertBreaks(boundedStack, measured("frames", [14, 15]), { story: /grew by 0.01/, at: 1 });
});

test("BOUNDED_STACK is silent for a stack that stays as it is, however deep", () => {
  assertKeeps(boundedStack, measured("frames", [14, 14, 14]));
  assertKeeps(boundedStack, measured("frames", [16, 14, 15, 14, 16, 14, 15, 14, 16]));
});

test("BOUNDED_STACK fires for a promise that each follow-up leaves (recursion as return self())", () => {
  assertBreaks(boundedStack, measured("promises", [101, 201, 301]), {
    story: /by 1 for each/,
    at: 2,
  });
  assertKeeps(boundedStack, measured("promises", [8, 40, 12]));
});

test("BOUNDED_STACK fires for more than 16 bytes a follow-up, and not for 16", () => {
  const bytes = (perN: number) => [1, 2, 3, 4, 5, 6].map((n) => 50_000 + n * 100 * perN);
  assertBreaks(boundedStack, measured("heap", bytes(17)), { story: /grew by 17 for each/, at: 5 });
  assertKeeps(boundedStack, measured("heap", bytes(16)));
});

test("BOUNDED_STACK can not judge a single point, but a value above its limit", () => {
  assertKeeps(boundedStack, measured("frames", [9_000]));
  const story = measured("promises", [3], 2);
  assertBreaks(boundedStack, story, { story: "it is 3 at 100, and its limit is 2", at: 0 });
});

test("BOUNDED_STACK leaves a series to the growth that whoever measured it worked out", () => {
  const story = () => measured("heap", [0, 2_000, 3_400]);
  assertBreaks(boundedStack, story(), { story: /grew by 17/, at: 2 });
  const judged = { kind: "measure", lane: "heap", name: "it per follow-up", n: 300 } as const;
  assertKeeps(boundedStack, story().put({ ...judged, value: 15.9, limit: 16 }));
  const above = story().put({ ...judged, value: 16.1, limit: 16 });
  assertBreaks(boundedStack, above, { story: /it per follow-up is 16.1/, at: 3 });
});

test("BOUNDED_STATE fires when tombstones go beyond their limit (tomb-growth)", () => {
  const story = measured("state", [8, 16, 17], 16);
  assertBreaks(boundedState, story, { story: "it is 17 at 300, and its limit is 16", at: 2 });
});

test("BOUNDED_STATE fires when what has no limit grows on, with the last measurement", () => {
  const how = "it, which has no limit, grew from 200 at 200 to 300 at 300";
  assertBreaks(boundedState, measured("state", [100, 200, 300]), { story: how, at: 2 });
  assertBreaks(boundedState, measured("state", [1, 2, 3], Infinity), {
    story: /grew from 2/,
    at: 2,
  });
});

test("BOUNDED_STATE is silent within the limit, for what fills up, and for two points", () => {
  assertKeeps(boundedState, measured("state", [8, 16, 16], 16));
  assertKeeps(boundedState, measured("state", [8, 16, 16]));
  assertKeeps(boundedState, measured("state", [1, 2]));
});

test("BOUNDED_STACK and BOUNDED_STATE look at their own lanes, and at series by name", () => {
  // What was measured of the one is nothing to judge the other by.
  const [size, heap] = [measured("state", [1, 2, 3]), measured("heap", [0, 100_000, 200_000])];
  assert.deepEqual(
    [size, heap].map((story) => boundedStack.needs.every((need) => story.has(need))),
    [
      false,
      true,
    ],
  );
  assert.deepEqual(
    [size, heap].map((story) => boundedState.needs.every((need) => story.has(need))),
    [
      true,
      false,
    ],
  );
  const two = new Story().idle();
  for (const n of [100, 200, 300]) {
    two.put({ kind: "measure", lane: "frames", name: `at ${n}`, n, value: n });
    two.put({ kind: "measure", lane: "state", name: `at ${n}`, n, value: n });
    two.put({ kind: "measure", lane: "frames", name: "same place", n: 9, value: n });
    two.put({ kind: "measure", lane: "state", name: "limited", n, value: n, limit: 300 });
  }
  assertKeeps(boundedStack, two);
  assertKeeps(boundedState, two);
});
