import assert from "node:assert/strict";
import { test } from "node:test";
import { Playback } from "./playback.ts";
import { Random } from "./random.ts";
import { Options, PORTFOLIO, type Strategy, strategyOf } from "./strategy.ts";
import type { Step, World } from "./world.ts";

function nothing(): void {}

function step(actor: string, number: number): Step {
  return { label: `${actor}${number}`, actor, run: nothing };
}

/** Actors that each have so many steps to take, in their own order. */
function actorsWorld(actors: Record<string, number>): World {
  const queues = Object.entries(actors).map(([actor, count]) =>
    Array.from({ length: count }, (_, at) => at + 1).map((number) => [actor, number] as const)
  );
  return {
    enabled: () =>
      queues.filter((queue) => queue.length > 0).map((queue) => {
        const [actor, number] = queue[0]!;
        return { ...step(actor, number), run: () => void queue.shift() };
      }),
  };
}

async function orderOf(strategy: Strategy, actors: Record<string, number>): Promise<string> {
  const playback = new Playback(actorsWorld(actors), strategy);
  await playback.play();
  return playback.taken.map(({ step }) => step.actor).join("");
}

/** How often the actor changed in a schedule. */
function switchesOf(order: string): number {
  return [...order].filter((actor, at) => at > 0 && actor !== order[at - 1]).length;
}

async function orders(name: string, count: number): Promise<string[]> {
  const random = new Random(7);
  const all: string[] = [];
  for (let at = 0; at < count; at++) {
    const strategy = strategyOf(name, random.fork(), { at, steps: 10 });
    all.push(await orderOf(strategy, { a: 5, b: 5 }));
  }
  return all;
}

test("options count the current actor first, then the others from the oldest on", () => {
  const options = new Options();
  const steps = [step("a", 1), step("b", 1), step("c", 1)];
  const labels = () => Array.from({ length: options.length }, (_, at) => options.at(at).label);
  options.set(steps, "b");
  assert.deepEqual(labels(), ["b1", "a1", "c1"]);
  options.set(steps, "gone");
  assert.deepEqual(labels(), ["a1", "b1", "c1"]);
  options.set(steps, undefined);
  assert.deepEqual(labels(), ["a1", "b1", "c1"]);
});

test("each strategy makes the same schedules from the same seed, and others from another", async () => {
  for (const name of new Set(PORTFOLIO)) {
    const again = async (seed: number) => {
      const random = new Random(seed);
      const all: string[] = [];
      for (let at = 0; at < 20; at++) {
        all.push(await orderOf(strategyOf(name, random.fork(), {}), { a: 4, b: 4, c: 4 }));
      }
      return all;
    };
    assert.deepEqual(await again(1), await again(1), name);
    assert.notDeepEqual(await again(1), await again(2), name);
  }
});

test("uniform picks reach every order of a small world", async () => {
  const random = new Random(1);
  const seen = new Set<string>();
  for (let at = 0; at < 200; at++) {
    seen.add(await orderOf(strategyOf("uniform", random.fork(), {}), { a: 2, b: 2 }));
  }
  assert.equal(seen.size, 6);
});

test("the committed strategy switches actors far less often than the uniform one", async () => {
  const mean = (all: string[]) =>
    all.map(switchesOf).reduce((sum, count) => sum + count, 0) / all.length;
  const uniform = mean(await orders("uniform", 300));
  const committed = mean(await orders("commit", 300));
  assert.ok(committed < uniform * 0.75, `${committed} switches against ${uniform}`);
});

test("pct runs one actor to its end, but for its changes of priority", async () => {
  for (const [name, most] of [["pct d=2", 3], ["pct d=3", 5]] as const) {
    const switches = (await orders(name, 200)).map(switchesOf);
    assert.ok(switches.every((count) => count <= most), `${name}: ${switches}`);
    assert.ok(switches.some((count) => count > 1), `${name} changes priorities: ${switches}`);
  }
});

test("an unknown strategy is refused, and the message says which there are", () => {
  assert.throws(() => strategyOf("best", new Random(1), {}), {
    name: "TypeError",
    message: /^Cannot use strategy "best": it must be one of portfolio,commit,pct d=2,uniform,/,
  });
});

test("random numbers are the same on every runtime, and spread", () => {
  const random = new Random(42);
  assert.deepEqual([1, 2, 3, 4, 5].map(() => random.below(1_000)), FIRST_OF_42);
  const counts = [0, 0, 0, 0];
  for (let at = 0; at < 40_000; at++) counts[random.below(4)]!++;
  assert.ok(counts.every((count) => Math.abs(count - 10_000) < 500), `${counts}`);
  const fractions = Array.from({ length: 1_000 }, () => random.fraction());
  assert.ok(fractions.every((fraction) => fraction >= 0 && fraction < 1));
});

const FIRST_OF_42 = [956, 290, 704, 805, 978];
