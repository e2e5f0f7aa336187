import assert from "node:assert/strict";
import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileBindings } from "./file_bindings.ts";

async function withFile(run: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "slack-bindings-"));
  try {
    await run(join(folder, "deep", "threads.jsonl"));
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("which session a thread has is the same after a restart, the last one of each", () =>
  withFile((path) => {
    const bindings = fileBindings(path);
    assert.equal(bindings.get("t1"), undefined);
    bindings.set("t1", "t1_a");
    bindings.set("t2", "t2_a");
    bindings.set("t1", "t1_b");
    assert.equal(bindings.get("t1"), "t1_b");
    const again = fileBindings(path);
    assert.deepEqual([again.get("t1"), again.get("t2")], ["t1_b", "t2_a"]);
    return Promise.resolve();
  }));

test("a line that was cut off, and what is no line at all, is left out", () =>
  withFile(async (path) => {
    fileBindings(path).set("t1", "t1_a");
    await appendFile(path, '\n7\n{"thread":3}\n{"thread":"t1","session":"t1_');
    const again = fileBindings(path);
    assert.equal(again.get("t1"), "t1_a");
    again.set("t2", "t2_a");
    assert.equal(fileBindings(path).get("t2"), "t2_a");
  }));

test("BOUNDED_STATE: a file with more lines than it needs is written anew when it is read", () =>
  withFile(async (path) => {
    const bindings = fileBindings(path);
    for (let n = 0; n < 50; n++) bindings.set("t1", `t1_${n}`);
    const before = (await readFile(path, "utf8")).length;
    assert.equal(fileBindings(path).get("t1"), "t1_49");
    assert.ok((await readFile(path, "utf8")).length < before / 10);
  }));
