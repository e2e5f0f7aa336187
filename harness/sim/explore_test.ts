import assert from "node:assert/strict";
import { test } from "node:test";
import { DivergedError, explore, replay, ScheduleError, type Step, type World } from "../mod.ts";

/** A world of actors, each of which has steps to take in its own order. */
function actorsOf(actors: Record<string, (() => void)[]>, rest: Partial<World> = {}): World {
  const queues = Object.entries(actors).map(([name, acts]) =>
    acts.map((run, at): Step => ({ label: `${name}${at + 1}`, run }))
  );
  return {
    enabled: () =>
      queues.filter((steps) => steps.length > 0).map((steps) => ({
        label: steps[0]!.label,
        run: () => steps.shift()!.run(),
      })),
    ...rest,
  };
}

function nothing(): void {}

async function failureOf(exploration: Promise<unknown>): Promise<ScheduleError> {
  const failure = await exploration.then(() => undefined, (error: unknown) => error);
  assert.ok(failure instanceof ScheduleError, `a schedule failed, and not: ${failure}`);
  return failure;
}

test("explore() runs each order of the steps once, in a fresh world", async () => {
  const orders: string[] = [];
  let worlds = 0;
  const result = await explore(() => {
    worlds++;
    let order = "";
    const acts = (name: string) => [() => void (order += name), () => void (order += name)];
    return actorsOf({ a: acts("a"), b: acts("b"), c: acts("c") }, {
      finish: () => void orders.push(order),
    });
  });
  // 6 steps, of which 3 pairs keep their order.
  assert.deepEqual(result, { schedules: 90, steps: 540, complete: true });
  assert.equal(new Set(orders).size, 90);
  assert.equal(worlds, 90);
});

test("explore() takes steps that only another step enables", async () => {
  const seen = new Set<string>();
  const result = await explore(() => {
    const left = new Set(["open", "enter", "look"]);
    let order = "";
    return {
      enabled: () =>
        [...left].filter((label) => label !== "enter" || !left.has("open")).map((label) => ({
          label,
          run: () => void (left.delete(label), order += ` ${label}`),
        })),
      finish: () => void seen.add(order),
    };
  });
  assert.deepEqual(result, { schedules: 3, steps: 9, complete: true });
  assert.deepEqual([...seen], [" open enter look", " open look enter", " look open enter"]);
});

test("explore() says so when it stops at its limit of schedules", async () => {
  const createWorld = () => actorsOf({ a: [nothing, nothing], b: [nothing, nothing] });
  assert.deepEqual(await explore(createWorld, { schedulesMax: 5 }), {
    schedules: 5,
    steps: 20,
    complete: false,
  });
  assert.equal((await explore(createWorld, { schedulesMax: 6 })).complete, true);
});

test("explore() fails on a schedule that does not end", async () => {
  const createWorld = () => ({ enabled: () => [{ label: "again", run: nothing }] });
  const failure = await failureOf(explore(createWorld, { stepsMax: 3 }));
  assert.deepEqual(failure.schedule, ["again", "again", "again"]);
  assert.match(failure.message, /Schedule does not end: it took 3 steps/);
});

test("a failure prints the labelled schedule, its tape and its cause", async () => {
  const cause = new TypeError("Too late");
  const failure = await failureOf(explore(() => {
    let isReady = false;
    const fail = () => {
      if (!isReady) throw cause;
    };
    return actorsOf({ a: [nothing, () => void (isReady = true)], b: [nothing, fail] });
  }));
  assert.equal(
    failure.message,
    `Schedule failed
    1. a1
    2. b1
    3. b2
Replay with tape [0, 0, 1, 0, 1]
TypeError: Too late`,
  );
  assert.equal(failure.cause, cause);
});

test("a throw of a step, of a check and of the end fails the schedule", async () => {
  const fail = () => {
    throw new Error("No");
  };
  const inStep = await failureOf(explore(() => actorsOf({ a: [nothing, fail] })));
  assert.deepEqual(inStep.schedule, ["a1", "a2"]);
  let checks = 0;
  const check = () => checks++ > 0 ? fail() : undefined;
  const inCheck = await failureOf(explore(() => actorsOf({ a: [nothing, nothing] }, { check })));
  assert.deepEqual(inCheck.schedule, ["a1"]);
  const atEnd = await failureOf(explore(() => actorsOf({ a: [nothing] }, { finish: fail })));
  assert.deepEqual(atEnd.schedule, ["a1"]);
});

/** `b` sees how many microtasks after `a` it came, and whether the world had come to rest. */
function racing(seen: (hops: number) => void): World {
  let hops = -1;
  const chain = async () => {
    hops = 0;
    while (hops < 8) hops += await 1;
  };
  return actorsOf({ a: [() => void chain()], b: [() => seen(hops)] });
}

test("steps are taken at rest, unless they may be rushed", async () => {
  const atRest: number[] = [];
  assert.equal((await explore(() => racing((hops) => atRest.push(hops)))).schedules, 2);
  assert.deepEqual(atRest, [8, -1]);
  const rushed: number[] = [];
  const { schedules } = await explore(() => racing((hops) => rushed.push(hops)), { rushedMax: 1 });
  // a, and b at rest or 0, 1, 2 hops later; b, and a likewise.
  assert.equal(schedules, 8);
  // Those that were to rush the step after the last one found none: they are played, not counted.
  assert.deepEqual(rushed, [8, 8, 8, 8, 0, 1, 2, -1, -1, -1, -1, -1, -1, -1]);
});

test("the hops after which a rushed step comes can be chosen", async () => {
  const seen: number[] = [];
  await explore(() => racing((hops) => seen.push(hops)), { rushedMax: 1, hops: [5] });
  assert.deepEqual([...new Set(seen)], [8, 5, -1]);
});

test("no more steps of a schedule are rushed than allowed", async () => {
  const createWorld = () => actorsOf({ a: [nothing, nothing, nothing, nothing] });
  const options = { hops: [0, 1] };
  const schedules = async (rushedMax: number) =>
    (await explore(createWorld, { ...options, rushedMax })).schedules;
  // 3 gaps, of which none, up to 1, up to 2 or all are one of two rushes.
  assert.deepEqual(
    [await schedules(0), await schedules(1), await schedules(2), await schedules(3)],
    [1, 1 + 3 * 2, 1 + 3 * 2 + 3 * 4, 27],
  );
});

test("where no step is enabled there is none to rush", async () => {
  const createWorld = () => {
    let left = 2;
    let isReady = true;
    const take = () => {
      left--;
      isReady = false;
      queueMicrotask(() => isReady = true);
    };
    return { enabled: () => left > 0 && isReady ? [{ label: `take ${left}`, run: take }] : [] };
  };
  const result = await explore(createWorld, { rushedMax: 1, hops: [0] });
  assert.deepEqual(result, { schedules: 1, steps: 2, complete: true });
});

test("a world that is not the same each time is a divergence", async () => {
  let worlds = 0;
  const createWorld = () =>
    actorsOf({ a: [nothing, nothing], [`b${worlds++}-`]: [nothing, nothing] });
  const failure = await failureOf(explore(createWorld));
  assert.ok(failure.cause instanceof DivergedError);
  assert.equal(
    failure.cause.message,
    'Cannot follow the tape: expected step "b1-1", found "b2-1"',
  );
});

/** Fails in the orders in which both actors read before one writes. */
function losing(): World {
  let stored = 0;
  const seen: [number, number] = [0, 0];
  const acts = (at: 0 | 1) => [() => void (seen[at] = stored), () => void (stored = seen[at] + 1)];
  return actorsOf({ a: acts(0), b: acts(1) }, { finish: () => assert.equal(stored, 2) });
}

test("replay() runs a failure again from its tape", async () => {
  const failure = await failureOf(explore(losing));
  const again = await failureOf(replay(losing, failure.tape!, { schedule: failure.schedule }));
  assert.deepEqual(again.schedule, ["a1", "b1", "a2", "b2"]);
  assert.equal(again.message, failure.message);
  assert.equal((again.cause as Error).name, "AssertionError");
});

test("a world with other choices each time is a divergence", async () => {
  let worlds = 0;
  const createWorld = () =>
    actorsOf({ a: [nothing], b: [nothing], ...(worlds++ > 0 ? { c: [nothing] } : {}) });
  const failure = await failureOf(explore(createWorld));
  assert.equal(
    (failure.cause as Error).message,
    "Cannot follow the tape: expected choice 1 out of 2, found 3",
  );
});

test("a tape says which steps are rushed, and after how many hops", async () => {
  const seen: number[] = [];
  const createWorld = () => racing((hops) => void seen.push(hops));
  const schedule = ["a1", "b1 (1 hop later)"];
  assert.deepEqual(await replay(createWorld, [0, 2], { schedule }), schedule);
  assert.deepEqual(await replay(createWorld, [0, 0]), ["a1", "b1"]);
  assert.deepEqual(seen, [1, 8]);
});

test("a step of the actor that moved last comes first in the choice", async () => {
  const createWorld = () => {
    const world = actorsOf({ a: [nothing, nothing], b: [nothing, nothing] });
    const enabled = () => world.enabled().map((step) => ({ ...step, actor: step.label[0]! }));
    return { enabled };
  };
  assert.deepEqual(await replay(createWorld, [1]), ["b1", "b2", "a1", "a2"]);
  assert.deepEqual(await replay(createWorld, [1, 0, 1]), ["b1", "a1", "a2", "b2"]);
});

test("a bound on deviations leaves out the schedules that are further from the plainest", async () => {
  const createWorld = () => actorsOf({ a: [nothing], b: [nothing], c: [nothing] });
  const within = async (deviationsMax: number) => await explore(createWorld, { deviationsMax });
  assert.deepEqual(await within(0), { schedules: 1, steps: 3, complete: true });
  // The first choice of three, or the second of two.
  assert.deepEqual(await within(1), { schedules: 4, steps: 12, complete: true });
  assert.deepEqual(await within(2), { schedules: 6, steps: 18, complete: true });
});

test("replay() returns the schedule of a tape that does not fail", async () => {
  assert.deepEqual(await replay(losing, [0, 0]), ["a1", "a2", "b1", "b2"]);
});

test("a tape that does not fit the world fails as diverged", async () => {
  const causeOf = async (tape: number[], schedule?: string[]) =>
    (await failureOf(replay(losing, tape, schedule && { schedule }))).cause;
  assert.match(String(await causeOf([2])), /expected a choice number 2, found only \["a1", "b1"\]/);
  assert.match(
    String(await causeOf([0, 0, 0, 0, 0, 0, 1])),
    /expected 1 more choices, found the end/,
  );
  assert.match(String(await causeOf([0, 0], ["b1"])), /expected \[b1\], found \[a1,a2,b1,b2\]/);
});
