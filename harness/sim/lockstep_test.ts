import assert from "node:assert/strict";
import { test } from "node:test";
import { Frontier } from "./frontier.ts";
import { lockstep } from "./lockstep.ts";
import { quiet } from "./quiet.ts";
import type { Step, World } from "./world.ts";

/** Two actors, each of which waits some microtasks between its two steps; what they see is the order. */
function createWorld(ends: string[]): World {
  let order = "";
  const actor = (name: string) => {
    let isReady = true;
    let taken = 0;
    const run = () => {
      order += `${name}${++taken}`;
      isReady = false;
      void (async () => {
        for (let hop = 0; hop < 3; hop++) await null;
        isReady = true;
        order += ".";
      })();
    };
    return (): Step[] => isReady && taken < 2 ? [{ label: `${name}${taken + 1}`, run }] : [];
  };
  const actors = [actor("a"), actor("b")];
  return {
    enabled: () => actors.flatMap((steps) => steps()),
    finish: () => void ends.push(order),
  };
}

async function endsOf(concurrency: number): Promise<{ ends: string[]; schedules: number }> {
  const ends: string[] = [];
  const frontier = new Frontier([() => createWorld(ends), () => createWorld(ends)], {
    rushedMax: 1,
    hops: [0, 1, 2, 3],
  });
  await lockstep({
    next: () => frontier.next(),
    over: (playback, error) => assert.equal(error ?? frontier.over(playback), undefined),
    concurrency,
  });
  assert.ok(frontier.isComplete);
  return { ends: ends.sort(), schedules: frontier.schedules };
}

test("worlds that run side by side do what each does alone", async () => {
  const alone = await endsOf(1);
  assert.ok(alone.schedules > 50, `${alone.schedules} schedules`);
  for (const concurrency of [2, 7, 64]) assert.deepEqual(await endsOf(concurrency), alone);
});

test("worlds that run side by side share one turn of the runtime", async () => {
  let turns = 0;
  let isOver = false;
  const count = async () => {
    while (!isOver) {
      await quiet();
      turns++;
    }
  };
  const counting = count();
  await endsOf(64);
  isOver = true;
  await counting;
  const together = turns;
  turns = 0;
  isOver = false;
  const again = count();
  await endsOf(1);
  isOver = true;
  await again;
  assert.ok(together * 5 < turns, `${together} turns against ${turns}`);
});

test("the error of a schedule goes to over(), and the others go on", async () => {
  const errors: unknown[] = [];
  let left = 5;
  await lockstep<World>({
    next: () => {
      if (left-- <= 0) return undefined;
      const number = left;
      const fail = () => {
        if (number === 2) throw new Error("No");
      };
      const frontier = new Frontier([() => ({ enabled: () => [], finish: fail })]);
      return frontier.next();
    },
    over: (_playback, error) => void errors.push(error),
    concurrency: 3,
  });
  assert.equal(errors.length, 5);
  assert.equal(errors.filter((error) => error !== undefined).length, 1);
});
