import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Mutant } from "./mutant.ts";
import { JudgedLog } from "./progress.ts";

/** A mutant of a line of its own. */
function mutantOn(line: string): Mutant {
  const name = { module: "sample", file: "a.ts", in: "", line, mutation: "remove x;", nth: 1 };
  return { ...name, start: 0, end: 1, text: "" };
}

test("a resumed run knows what was killed, and what survived the very same tests", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lanekeeper-log-"));
  try {
    const open = (options: { tree?: string; isResumed?: boolean } = {}) =>
      new JudgedLog(join(folder, "log.jsonl"), { tree: "old", isResumed: true, ...options });
    const [killed, survived, left] = [mutantOn("1"), mutantOn("2"), mutantOn("3")];
    const first = open();
    first.add({ mutant: killed, stage: "models", by: "a test" }, "source");
    first.add({ mutant: survived, stage: undefined, by: "" }, "source");
    first.add({ mutant: left, stage: undefined, by: "", left: "slow" }, "source");
    const known = (log: JudgedLog, source = "source") =>
      [killed, survived, left].map((mutant) => {
        const result = log.resultOf(mutant, source);
        return result && (result.stage ?? "survived");
      });
    assert.deepEqual(known(open()), ["models", "survived", undefined]);
    assert.deepEqual(known(open({ tree: "new" })), ["models", undefined, undefined]);
    assert.deepEqual(known(open(), "another source"), [undefined, undefined, undefined]);
    assert.deepEqual(known(open({ isResumed: false })), [undefined, undefined, undefined]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
