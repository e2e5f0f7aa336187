import assert from "node:assert/strict";
import { test } from "node:test";
import { Lanes } from "./_lanes.ts";

/** Work that ends when it is told to. */
function gate(): { readonly open: () => void; readonly passed: Promise<void> } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => open = resolve);
  return { open, passed };
}

test("work of one key runs in order, one at a time; that of another does not wait", async () => {
  const lanes = new Lanes(10);
  const log: string[] = [];
  const first = gate();
  const a1 = lanes.run("a", async () => {
    await first.passed;
    log.push("a1");
  });
  const a2 = lanes.run("a", () => Promise.resolve(log.push("a2")));
  await lanes.run("b", () => Promise.resolve(log.push("b")));
  assert.deepEqual(log, ["b"]);
  first.open();
  await Promise.all([a1, a2]);
  assert.deepEqual(log, ["b", "a1", "a2"]);
});

test("work that fails rejects its own caller and lets the next run", async () => {
  const lanes = new Lanes(10);
  const failed = lanes.run("a", () => Promise.reject(new Error("no disk")));
  const next = lanes.run("a", () => Promise.resolve("ran"));
  await assert.rejects(failed, /no disk/);
  assert.equal(await next, "ran");
});

test("more work than the limit is refused, and taken again later", async () => {
  const lanes = new Lanes(2);
  const first = gate();
  const running = lanes.run("a", () => first.passed);
  const waiting = lanes.run("a", () => Promise.resolve());
  const refused = lanes.run("a", () => Promise.resolve());
  await assert.rejects(refused, /^Error: Cannot use the transcript of session "a": 2 reads/);
  first.open();
  await Promise.all([running, waiting]);
  assert.equal(await lanes.run("a", () => Promise.resolve(7)), 7);
});

test("quiet() waits for what was called before, and an idle key costs nothing", async () => {
  const lanes = new Lanes(10);
  const first = gate();
  let ran = 0;
  void lanes.run("a", () => first.passed.then(() => ran++));
  void lanes.run("a", () => Promise.resolve(ran++));
  assert.equal(lanes.size, 1);
  first.open();
  await lanes.quiet();
  assert.equal(ran, 2);
  assert.equal(lanes.size, 0);
});
