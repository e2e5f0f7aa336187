import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bench, groupsOf, judge, type Result } from "./judge.ts";
import type { Mutant } from "./mutant.ts";
import type { Stage } from "./stages.ts";

const STAGES: readonly Stage[] = [
  { name: "examples", files: ["fast"] },
  { name: "models", files: ["slow"] },
  { name: "types", files: [] },
];

/** The mutant at a place of a text, each as wide as one character. */
function mutantAt(at: number, mutation = "operator < -> <="): Mutant {
  const name = { module: "sample", file: "a.ts", in: "", line: `line ${at}`, mutation, nth: 1 };
  return { ...name, start: at * 10, end: at * 10 + 1, text: "" };
}

interface Known {
  /** Places of mutants that the fast tests kill, the slow ones, and the types. */
  readonly kills: readonly (readonly number[])[];
  /** Two that the slow tests notice only together. */
  readonly pair?: readonly [number, number];
  readonly isBroken?: boolean;
}

/** Tests of which it is known what they notice; it counts how often each stage ran. */
function known({ kills, pair, isBroken }: Known): Bench & { readonly runs: number[] } {
  const runs = STAGES.map(() => 0);
  let inPlace: number[] = [];
  return {
    runs,
    with: async (changes, judge) => {
      inPlace = changes.map(({ start }) => start / 10);
      return await judge();
    },
    run: (stage) => {
      const at = STAGES.indexOf(stage);
      runs[at]!++;
      const isPair = at === 1 && pair?.every((one) => inPlace.includes(one));
      const found = inPlace.find((one) => kills[at]?.includes(one));
      const isKilled = isBroken === true || isPair === true || found !== undefined;
      return Promise.resolve({ isKilled, by: `test of ${found}`, tookMs: 1 });
    },
  };
}

async function judged(bench: Bench, mutants: readonly Mutant[]): Promise<string[]> {
  const told: Result[] = [];
  const results = await judge(bench, mutants, {
    stages: STAGES,
    isExplained: () => false,
    onResult: (result) => void told.push(result),
  });
  assert.deepEqual(told, results, "each result is told");
  return results.map(({ mutant, stage, by }) => `${mutant.line}: ${stage ?? "survived"} ${by}`);
}

test("a mutant is killed by the first stage that notices it, or survives", async () => {
  const bench = known({ kills: [[0], [0, 1]] });
  assert.deepEqual(await judged(bench, [0, 1, 2].map((at) => mutantAt(at))), [
    "line 0: examples test of 0",
    "line 1: models test of 1",
    "line 2: survived ",
  ]);
});

test("only what is taken away is judged by the types", async () => {
  const bench = known({ kills: [[], [], [1, 2]] });
  assert.deepEqual(await judged(bench, [mutantAt(1, "remove x;"), mutantAt(2)]), [
    "line 1: types test of 1",
    "line 2: survived ",
  ]);
});

test("slow stages run once for a whole group that survives, and little more for one kill in it", async () => {
  const mutants = Array.from({ length: 16 }, (_, at) => mutantAt(at));
  const spared = known({ kills: [] });
  await judged(spared, mutants);
  assert.deepEqual(spared.runs, [17, 1, 0], "the fast stage runs for each, and once without any");
  const one = known({ kills: [[], [5]] });
  const results = await judged(one, mutants);
  assert.equal(results.filter((result) => result.includes("survived")).length, 15);
  assert.deepEqual(one.runs, [17, 1 + 1 + 2 * 4, 0], "the group, no mutant, and the halves");
});

test("two that are noticed only together both survive", async () => {
  const bench = known({ kills: [], pair: [1, 2] });
  const results = await judged(bench, [1, 2].map((at) => mutantAt(at)));
  assert.deepEqual(results, ["line 1: survived ", "line 2: survived "]);
});

test("when the time is up the rest is left, and is not told as survived", async () => {
  const mutants = [0, 1, 2, 3].map((at) => mutantAt(at));
  let judgements = 5; // one for each in the fast stage, then the first group
  const results = await judge(known({ kills: [[0], [1]] }), mutants, {
    stages: STAGES,
    isExplained: ({ line }) => line === "line 2",
    isTimeUp: () => judgements-- <= 0,
    onResult: () => {},
  });
  const told = results.map(({ mutant, stage, left }) => `${mutant.line}: ${stage} ${left}`);
  assert.deepEqual(told, [
    ...["line 0: examples undefined", "line 1: undefined slow"],
    ...["line 2: undefined undefined", "line 3: undefined slow"],
  ]);
  const late = await judge(known({ kills: [[0]] }), mutants.slice(0, 1), {
    stages: STAGES,
    isExplained: () => false,
    isTimeUp: () => true,
    onResult: () => {},
  });
  assert.deepEqual(late.map(({ stage, left }) => [stage, left]), [[undefined, "all"]]);
});

test("nothing is judged by tests that fail without a mutant", async () => {
  await assert.rejects(judged(known({ kills: [], isBroken: true }), [mutantAt(1)]), {
    message: 'Cannot judge mutants: "test of undefined" fails without any',
  });
});

test("a group has no two that overlap, and what is explained is apart", () => {
  const mutants = [mutantAt(1), mutantAt(1, "other"), mutantAt(2), mutantAt(3)];
  const groups = groupsOf(mutants, ({ line }) => line === "line 3");
  const lines = groups.map((group) => group.map(({ line, mutation }) => `${line} ${mutation[1]}`));
  assert.deepEqual(lines, [["line 3 p"], ["line 1 p", "line 2 p"], ["line 1 t"]]);
  const oneByOne = groupsOf(mutants, ({ line }) => line !== "line 1", { isOneByOne: true });
  assert.deepEqual(oneByOne.map(({ length }) => length), [2, 1, 1], "what is explained together");
});
