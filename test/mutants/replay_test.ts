import assert from "node:assert/strict";
import { test } from "node:test";
import { checkHost } from "@lanekeeper/harness";
import { isSearched, type Mutant } from "./mutant.ts";
import { MutantCopy } from "./_mutant_copy.ts";
import { replayLine } from "./_replay_line.ts";
import { MUTANTS } from "./mutants.ts";

/** One mutant of each module that an adapter is made of. */
const REPLAYED = [
  "claim-check",
  "drain-abandons",
  "wake-claims",
  "refuse-ended",
  "intake-closes-queue",
];

for (const mutant of MUTANTS.filter(({ id }) => REPLAYED.includes(id))) {
  const { id, module } = mutant;
  test(`a broken ${module} (${id}) is found by a check, shrunk, and replayed by the printed line`, async () => {
    const copy = await MutantCopy.of(module, mutant);
    try {
      await assertReplayed(copy, mutant);
    } finally {
      await copy.remove();
    }
  });
}

test("all that are to be replayed are there, one of each module", () => {
  const replayed = MUTANTS.filter(({ id }) => REPLAYED.includes(id));
  assert.equal(new Set(replayed.map(({ module }) => module)).size, REPLAYED.length);
});

async function assertReplayed(copy: MutantCopy, { killedBy, guarantee }: Mutant): Promise<void> {
  assert.ok(isSearched(killedBy));
  const file = copy.adapterFile(killedBy.adapter);
  const adapter = await copy.adapter(killedBy.adapter);
  const report = await checkHost(adapter, { file, runs: 1_000, strategy: "portfolio", seed: 1 });
  const found = report.violations.find((violation) => violation.guarantee === guarantee);
  assert.ok(found, `${guarantee} is not among ${report.violations.map((v) => v.guarantee)}`);
  assert.ok(found.foundAfter <= 1_000, `found after ${found.foundAfter} schedules`);
  assert.ok(found.operations.length <= killedBy.operationsMax, found.operations.join("; "));
  const { code, stdout } = await replayLine(found.replay);
  assert.equal(code, 1, stdout);
  assert.ok(stdout.includes(guarantee) && stdout.includes(found.story), stdout);
}
