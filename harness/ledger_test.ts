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
  assert.deepEqual(ledger.events.map(({ kind }) => kind), [
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
  const seen = ledger.events.map((event) => event.kind === "run" ? [event.run, event.guard] : []);
  assert.deepEqual(seen, [[1, "guard of a"], [2, undefined], [1, undefined]]);
});
