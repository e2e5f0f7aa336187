import assert from "node:assert/strict";
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { withFolder } from "../../support/with_folder.ts";
import type { Mutant } from "./mutant.ts";
import { JudgedLog } from "./progress.ts";

/** A mutant of a line of its own. */
function mutantOn(line: string): Mutant {
  const name = { module: "sample", file: "a.ts", in: "", line, mutation: "remove x;", nth: 1 };
  return { ...name, start: 0, end: 1, text: "" };
}

test("a resumed run knows what was killed, and what survived the very same tests", () =>
  withFolder((folder) => {
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
  }));

test("half a line at the end of a log goes, and what comes next has a line of its own", () =>
  withFolder(async (folder) => {
    const file = join(folder, "log.jsonl");
    const open = () => new JudgedLog(file, { tree: "", isResumed: true });
    const killed = { stage: "models", by: "a test" } as const;
    open().add({ mutant: mutantOn("1"), ...killed }, "source");
    await appendFile(file, '{"digest":"to');
    open().add({ mutant: mutantOn("2"), ...killed }, "source");
    const log = open();
    const known = ["1", "2"].map((line) => log.resultOf(mutantOn(line), "source")?.stage);
    assert.deepEqual(known, ["models", "models"]);
  }));

test("a log with a line that is none is refused, and says what to do", () =>
  withFolder(async (folder) => {
    const file = join(folder, "log.jsonl");
    await writeFile(file, "{}\nnone\n");
    assert.throws(() => new JudgedLog(file, { tree: "", isResumed: true }), {
      message: `Cannot resume: line 2 of ${file} is no JSON; run without --resume`,
    });
  }));
