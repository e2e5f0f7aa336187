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

test("what is known of a thread is the same after a restart, the last of each", () =>
  withFile((path) => {
    const bindings = fileBindings(path);
    assert.equal(bindings.get("t1"), undefined);
    bindings.set("t1", { people: [] });
    bindings.set("t2", { people: ["U1"] });
    bindings.set("t1", { session: "t1_b", people: ["U1", "U2"] });
    const known = [{ session: "t1_b", people: ["U1", "U2"] }, { people: ["U1"] }];
    assert.deepEqual([bindings.get("t1"), bindings.get("t2")], known);
    const again = fileBindings(path);
    assert.deepEqual([again.get("t1"), again.get("t2")], known);
    return Promise.resolve();
  }));

test("a line that was cut off, and what is no line at all, is left out; one without people has none", () =>
  withFile(async (path) => {
    fileBindings(path).set("t1", { people: ["U1"] });
    const lines = [
      "7",
      '{"thread":3}',
      '{"thread":"t3","session":4}',
      '{"thread":"t3","people":5}',
    ];
    const old = '{"thread":"t4","session":"t4_a"}';
    await appendFile(path, `\n${[...lines, old].join("\n")}\n{"thread":"t1","people":["U1","U`);
    const again = fileBindings(path);
    assert.deepEqual(again.get("t1"), { people: ["U1"] });
    assert.equal(again.get("t3"), undefined);
    assert.deepEqual(again.get("t4"), { session: "t4_a", people: [] });
    again.set("t2", { people: [] });
    assert.deepEqual(fileBindings(path).get("t2"), { people: [] });
  }));

test("BOUNDED_STATE: a file with more lines than it needs is written anew when it is read", () =>
  withFile(async (path) => {
    const bindings = fileBindings(path);
    for (let n = 0; n < 50; n++) bindings.set("t1", { session: `t1_${n}`, people: [] });
    const before = (await readFile(path, "utf8")).length;
    assert.equal(fileBindings(path).get("t1")?.session, "t1_49");
    assert.ok((await readFile(path, "utf8")).length < before / 10);
  }));

test("BOUNDED_STATE: at most threadsMax are remembered, and the file has at most twice as many lines", () =>
  withFile(async (path) => {
    const bindings = fileBindings(path, { threadsMax: 3 });
    for (let n = 0; n < 50; n++) {
      bindings.set(`t${n}`, { people: [] });
      assert.ok((await readFile(path, "utf8")).trim().split("\n").length <= 6);
    }
    assert.deepEqual(["t46", "t47", "t49"].map((thread) => bindings.get(thread)), [
      undefined,
      { people: [] },
      { people: [] },
    ]);
  }));
