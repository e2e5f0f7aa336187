import assert from "node:assert/strict";
import { test } from "node:test";
import { Ledger } from "./mod.ts";

test("a ledger keeps what happened, in order, and prints a line for each", () => {
  const ledger = new Ledger();
  ledger.accepted("s", "m");
  const run = ledger.called("s", "m");
  ledger.acted("s", "m", { run, act: "end" });
  ledger.outcome("s", "m", "completed");
  ledger.rest({ guards: 0 });
  assert.deepEqual(ledger.records.map(({ kind }) => kind), [
    "accepted",
    "run",
    "run",
    "outcome",
    "rest",
  ]);
  assert.equal(
    String(ledger),
    `    0  s/m accepted
    1  s/m run 1: call
    2  s/m run 1: end
    3  s/m outcome: completed
    4  rest: {"guards":0}`,
  );
});

test("a ledger numbers its runs, and looks at the guard whenever one acts", () => {
  const guards = new Map([["a", "guard of a"]]);
  const ledger = new Ledger({ guardOf: (session) => guards.get(session) });
  const run = ledger.called("a", "1");
  ledger.called("b", "1");
  guards.clear();
  ledger.acted("a", "1", { run, act: "end" });
  const seen = ledger.records.map((record) =>
    record.kind === "run" ? [record.run, record.guard] : []
  );
  assert.deepEqual(seen, [[1, "guard of a"], [2, undefined], [1, undefined]]);
});

test("a ledger knows what there is in it", () => {
  const ledger = new Ledger();
  const seen = () =>
    ([
      "asked",
      "asked:send",
      "asked:stop",
      "asked to cancel",
      "deadline",
      "a guard",
      "a release",
    ] as const)
      .filter((evidence) => ledger.has(evidence));
  assert.deepEqual(seen(), []);
  const send = { kind: "asked", op: 0, what: "send", session: "s", message: "m" } as const;
  ledger.write(send);
  ledger.write({ kind: "guard", session: "s", guard: undefined, live: true, waiting: [] });
  ledger.write({ kind: "claim", key: "s", act: "claim", by: "m" });
  assert.deepEqual(seen(), ["asked", "asked:send"]);
  assert.ok(ledger.has("guard") && ledger.has("claim") && !ledger.has("lock"));
  ledger.write({ ...send, policy: "collect" });
  assert.equal(ledger.has("asked to cancel"), false);
  ledger.write({ ...send, policy: "interrupt" });
  ledger.write({ kind: "guard", session: "s", guard: 1, live: true, waiting: [] });
  ledger.write({ kind: "lock", key: "s", act: "release", by: "m" });
  assert.deepEqual(seen(), ["asked", "asked:send", "asked to cancel", "a guard", "a release"]);
  const other = new Ledger();
  other.write({ kind: "asked", op: 0, what: "stop", session: "s", deadlineMs: 5 });
  assert.ok(other.has("asked:stop") && other.has("asked to cancel") && other.has("deadline"));
});

test("a ledger writes down when each record came: its step, its time, and after how many rests", () => {
  let ms = 5;
  const ledger = new Ledger({ now: () => ms });
  ledger.accepted("s", "1");
  ledger.step = 1;
  ms = 7;
  ledger.accepted("s", "2");
  assert.deepEqual([0, 1, 2].map((at) => ledger.stepOf(at)), [0, 1, 0]);
  assert.deepEqual([0, 1].map((at) => ledger.msOf(at)), [5, 7]);
  // Nobody told it of a rest: it takes each step to be at rest.
  assert.deepEqual([0, 1].map((at) => ledger.restOf(at)), [0, 1]);
  ledger.rested();
  ledger.step = 2;
  ledger.accepted("s", "3");
  assert.deepEqual([0, 1, 2].map((at) => ledger.restOf(at)), [0, 0, 1]);
});

test("a ledger prints a run of several messages, and what it has no words for", () => {
  const ledger = new Ledger();
  ledger.called("s", ["m1", "m2"]);
  ledger.write({ kind: "timer", timer: 3 });
  ledger.write({ kind: "lock", key: "k", act: "hold", by: "m1" });
  assert.equal(
    String(ledger),
    `    0  s/m1+m2 run 1: call
    1  timer: timer 3
    2  lock: key "k", act "hold", by "m1"`,
  );
});
