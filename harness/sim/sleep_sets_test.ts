import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { explore } from "./explore.ts";
import { ofOtherSessions } from "./sleep_sets.ts";
import type { World } from "./world.ts";

/** Actors that each take their own steps, one after the other, on one session or on all (""). */
function worldOf(actors: readonly (readonly string[])[], over: (order: string[]) => void): World {
  const order: string[] = [];
  const at = actors.map(() => 0);
  return {
    enabled: () =>
      actors.flatMap((sessions, number) => {
        const step = at[number]!;
        const session = sessions[step];
        if (session === undefined) return [];
        const label = `${number}.${step} ${session}`;
        const run = () => {
          at[number] = step + 1;
          order.push(label);
        };
        return [{ label, session, actor: `actor ${number}`, run }];
      }),
    finish: () => over(order),
  };
}

/** The same for all orders that differ only in steps of different sessions: each session's own order. */
function projectionsOf(order: readonly string[]): string {
  const sessions = [...new Set(order.map((label) => label.split(" ")[1]!))].filter((s) => s !== "");
  // A step that concerns all is ordered with those of every session.
  return sessions.sort().map((session) =>
    order.filter((label) => label.endsWith(` ${session}`) || label.endsWith(" ")).join(",")
  ).join(" | ");
}

async function storiesOf(actors: readonly (readonly string[])[], isReduced: boolean) {
  const stories = new Set<string>();
  const createWorld = () => worldOf(actors, (order) => stories.add(projectionsOf(order)));
  const options = isReduced ? { isIndependent: ofOtherSessions } : {};
  const { schedules, complete } = await explore(createWorld, options);
  assert.ok(complete);
  return { schedules, stories: [...stories].sort() };
}

test("of orders that differ in nothing that matters, one is played", async () => {
  const apart = [["a", "a", "a"], ["b", "b", "b"]];
  assert.equal((await storiesOf(apart, false)).schedules, 20);
  assert.equal((await storiesOf(apart, true)).schedules, 1);
  const together = [["a", "a", "a"], ["a", "a", "a"]];
  assert.equal((await storiesOf(together, true)).schedules, 20);
});

test("no story is lost, and none is told twice", async () => {
  const actor = fc.array(fc.constantFrom("a", "b", "c", ""), { minLength: 1, maxLength: 3 });
  const actors = fc.array(actor, { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(actors, async (actors) => {
      const full = await storiesOf(actors, false);
      const reduced = await storiesOf(actors, true);
      assert.deepEqual(reduced.stories, full.stories);
      // Where there is no session there is one story of nothing.
      if (full.stories[0] !== "") assert.equal(reduced.schedules, full.stories.length);
    }),
    { numRuns: 60 },
  );
});

test("a reduction goes with no bound that would make it untrue", async () => {
  const createWorld = () => worldOf([["a"]], () => {});
  for (const bound of [{ rushedMax: 1 }, { deviationsMax: 2 }]) {
    await assert.rejects(explore(createWorld, { ...bound, isIndependent: ofOtherSessions }), {
      name: "TypeError",
      message: "Cannot reduce by independence: it goes with neither rushedMax nor deviationsMax",
    });
  }
});
