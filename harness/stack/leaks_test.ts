import assert from "node:assert/strict";
import { test } from "node:test";
import { LeakLedger } from "./leaks.ts";

const NOTHING = {
  "timers": 0,
  "listeners": 0,
  "store handles": 0,
  "open calls": 0,
  "backend handles": 0,
};

test("held() counts what was taken and not given back, by its kind", () => {
  const leaks = new LeakLedger();
  assert.deepEqual(leaks.held(), NOTHING);
  const timer = leaks.take("timers", "lease of a");
  leaks.take("timers", "lease of b");
  leaks.take("open calls", "create c");
  assert.deepEqual(leaks.held(), { ...NOTHING, "timers": 2, "open calls": 1 });
  leaks.give(timer);
  assert.deepEqual(leaks.held(), { ...NOTHING, "timers": 1, "open calls": 1 });
});

test("names() tells what is still held, one by one, the oldest first", () => {
  const leaks = new LeakLedger();
  const first = leaks.take("store handles", "journal");
  leaks.take("backend handles", "session a");
  leaks.take("timers", "lease of a");
  const { signal } = leaks.signal("message 1");
  signal.addEventListener("abort", () => {});
  signal.addEventListener("abort", () => {});
  leaks.give(first);
  assert.equal(leaks.held().listeners, 2);
  assert.deepEqual(leaks.names(), [
    "backend handles: session a",
    "timers: lease of a",
    "listeners: message 1",
    "listeners: message 1",
  ]);
});

test("give() refuses a token that was given back, and names both who gave it", () => {
  const leaks = new LeakLedger();
  const handle = leaks.take("backend handles", "session a");
  leaks.take("backend handles", "session b");
  leaks.give(handle, "end()");
  assert.throws(() => leaks.give(handle, "stopAll()"), {
    message:
      "Cannot give back backend handles: session a by stopAll(): it was given back by end() before",
  });
  assert.equal(leaks.held()["backend handles"], 1, "nothing else was given back instead");
});

test("give() refuses a token of another ledger", () => {
  const leaks = new LeakLedger();
  const other = new LeakLedger();
  const timer = leaks.take("timers", "lease");
  const message = /taken elsewhere/;
  assert.throws(() => other.give(timer), message);
  assert.throws(() => leaks.give({ kind: "timers", label: "lease" }), message);
  assert.equal(leaks.held().timers, 1);
});

test("a ledger counts the listeners of its signals, and their handlers, until they are gone", () => {
  const leaks = new LeakLedger();
  const first = leaks.signal("message 1");
  const second = leaks.signal("message 2");
  const heed = (): void => {};
  first.signal.addEventListener("abort", heed);
  second.signal.onabort = heed;
  assert.equal(leaks.held().listeners, 2);
  first.signal.removeEventListener("abort", heed);
  assert.deepEqual(leaks.names(), ["listeners: message 2"]);
  second.signal.onabort = null;
  assert.equal(leaks.held().listeners, 0);
  second.signal.addEventListener("abort", heed);
  assert.equal(leaks.held().listeners, 1);
  second.abort();
  assert.deepEqual(leaks.held(), NOTHING);
});
