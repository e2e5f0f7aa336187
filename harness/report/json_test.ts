import assert from "node:assert/strict";
import { test } from "node:test";
import type { LedgerRecord } from "../ledger_record.ts";
import { CALLER, guard } from "./_testing/tale.ts";
import { HOSTILE_NAMES, LATE_RELEASE, REPORT, violationOf } from "./_test_support.ts";
import { jsonOf } from "./json.ts";
import { plainOf, rawLineOf } from "./plain.ts";

test("violations are a list whose items have guarantee, operations, tape and replay", () => {
  const { violations } = JSON.parse(jsonOf(REPORT));
  assert.equal(violations.length, 5);
  const { guarantee, story, operations, tape, replay } = violations[0];
  assert.deepEqual({ guarantee, story, operations, tape, replay }, {
    guarantee: "SINGLE_TURN",
    story: LATE_RELEASE.story,
    operations: ["send a", "send a", "send a"],
    tape: [0, 0, 1],
    replay: LATE_RELEASE.replay,
  });
  assert.equal(violations[0].ledger.length, LATE_RELEASE.ledger.length);
  assert.equal(violations[0].ledger[violations[0].root].record.kind, "guard");
});

test("everything of a report is there, with two blanks of indentation", () => {
  const text = jsonOf(REPORT);
  const { violations, ...rest } = JSON.parse(text);
  const { violations: given, ...expected } = REPORT;
  assert.equal(violations.length, given.length);
  // What JSON has no word for is null.
  const strategies = expected.strategies.map((one) => ({ ...one, complete: one.complete ?? null }));
  assert.deepEqual(rest, { ...expected, strategies });
  assert.ok(text.startsWith('{\n  "adapter": "busy flag with a late release",\n  "file":'));
  assert.ok(text.endsWith("\n}\n"));
});

test("the order of keys does not depend on the order in which they were written", () => {
  const turned = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(turned)
      : value !== null && typeof value === "object" && Object.keys(value).length > 0
      ? Object.fromEntries(Object.entries(value).reverse().map(([key, one]) => [key, turned(one)]))
      : value;
  const report = { ...REPORT, violations: [HOSTILE_NAMES] };
  assert.equal(jsonOf(turned(report) as typeof report), jsonOf(report));
});

test("a guard may be anything, and what is the same stays the same", () => {
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;
  const owners = [cyclic, Symbol("turn"), () => 1, cyclic, 7, "drain", 9n, true, undefined, null];
  const records = owners.map((owner) => guard(owner));
  const steps = records.map((record) => [{ label: "look", ...CALLER }, record] as const);
  const violation = violationOf({ steps, root: records[0]! });
  const { violations } = JSON.parse(jsonOf({ ...REPORT, violations: [violation] }));
  const guards = violations[0].ledger.map((line: { record: { guard: unknown } }) =>
    line.record.guard
  );
  assert.deepEqual(guards, [
    "owner A",
    "owner B",
    "owner C",
    "owner A",
    7,
    "drain",
    "9",
    true,
    null,
    null,
  ]);
});

test("plainOf() makes text of what JSON has no word for, and never throws", () => {
  const cyclic: unknown[] = [1];
  cyclic.push(cyclic);
  const trap = {
    get boom(): unknown {
      throw new Error("no");
    },
  };
  const deep = JSON.parse("[".repeat(40) + "]".repeat(40));
  class Turn {}
  const same = {};
  assert.deepEqual(
    plainOf({
      b: [1n, NaN, -Infinity, undefined],
      a: Symbol("x"),
      f() {},
      t: new Turn(),
      m: new Map(),
    }),
    {
      a: "Symbol(x)",
      b: ["1", "NaN", "-Infinity", null],
      f: "[function f]",
      m: "[Map]",
      t: "[Turn]",
    },
  );
  assert.deepEqual(plainOf(cyclic), [1, "[circular]"]);
  assert.deepEqual(plainOf([same, same]), [{}, {}], "twice is not circular");
  assert.equal(plainOf(trap), "[unreadable]");
  assert.equal(JSON.stringify(plainOf(deep)), '[[[[[[[["[deep]"]]]]]]]]');
  assert.equal(plainOf(new Error("late")), "Error: late");
});

test("rawLineOf() has all fields of a record, kind first, in a fixed order", () => {
  const record: LedgerRecord = {
    act: "begin",
    port: "store",
    by: "a\u0007",
    call: 1,
    kind: "io",
    session: "s",
  };
  assert.equal(
    rawLineOf(record),
    'io: session "s", act "begin", by "a\\u0007", call 1, port "store"',
  );
});
