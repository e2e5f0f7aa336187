import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Cell, type Versioned } from "./mod.ts";

test("a cell starts with its first value, in generation 0", () => {
  const cell = new Cell("a");
  assert.deepEqual(cell.read(), { value: "a", generation: 0 });
  assert.deepEqual([cell.value, cell.generation], ["a", 0]);
});

test("set() writes whatever was there, and each write is a new generation", () => {
  const cell = new Cell("a");
  assert.deepEqual([cell.set("b"), cell.set("b")], [1, 2]);
  assert.deepEqual(cell.read(), { value: "b", generation: 2 });
});

test("compareAndSet() writes if nothing was written since the read", () => {
  const cell = new Cell<string | undefined>("a");
  assert.equal(cell.compareAndSet(cell.read(), undefined), true);
  assert.deepEqual(cell.read(), { value: undefined, generation: 1 });
});

test("compareAndSet() leaves the value that a newer write put there", () => {
  const cell = new Cell<string | undefined>("old");
  const captured = cell.read();
  cell.set("new");
  assert.equal(cell.compareAndSet(captured, undefined), false);
  assert.deepEqual(cell.read(), { value: "new", generation: 1 });
});

test("a value that was changed and changed back counts as changed (CAS_ACTIVE_ID)", () => {
  const cell = new Cell("a");
  const captured = cell.read();
  cell.set("b");
  cell.set("a");
  assert.equal(cell.compareAndSet(captured, "c"), false);
  assert.equal(cell.value, "a");
});

test("what another cell gave out never fits, nor does a copy", () => {
  const cell = new Cell("a");
  assert.equal(cell.compareAndSet(new Cell("a").read(), "b"), false);
  assert.equal(cell.compareAndSet({ ...cell.read() }, "b"), false);
});

test("what read() gave out can not be changed, and stays what it was", () => {
  const cell = new Cell("a");
  const captured = cell.read();
  assert.throws(() => Object.assign(captured, { value: "b" }), TypeError);
  cell.set("b");
  assert.throws(() => Object.assign(cell.read(), { value: "c" }), TypeError);
  assert.deepEqual([captured.value, cell.value], ["a", "b"]);
});

const OPS = ["read", "set", "setSame", "compareAndSet"] as const;
type Op = typeof OPS[number];
type Step = readonly [Op, number];

/** Runs the steps on a cell beside a list of all its writes, of which the last one counts. */
function runBeside(steps: Iterable<Step>): void {
  const cell = new Cell("0");
  const writes = ["0"];
  const captured: Versioned<string>[] = [];
  for (const [op, actor] of steps) {
    if (op === "read") captured[actor] = cell.read();
    else if (op === "compareAndSet") {
      const expected = captured[actor];
      if (expected === undefined) continue;
      const fits = expected.generation === writes.length - 1;
      if (fits) writes.push(`${writes.length}`);
      assert.equal(cell.compareAndSet(expected, `${writes.length - 1}`), fits);
    } else {
      writes.push(op === "set" ? `${writes.length}` : writes.at(-1)!);
      assert.equal(cell.set(writes.at(-1)!), writes.length - 1);
    }
    assert.equal(cell.generation, writes.length - 1);
    assert.equal(cell.value, writes.at(-1));
  }
}

function* orders(depth: number, actors: number): Generator<Step[]> {
  if (depth === 0) return yield [];
  for (const rest of orders(depth - 1, actors)) {
    for (const op of OPS) for (let a = 0; a < actors; a++) yield [...rest, [op, a]];
  }
}

test("in all orders of five operations by two actors, only the last read write is replaced", () => {
  let schedules = 0;
  for (const order of orders(5, 2)) {
    runBeside(order);
    schedules++;
  }
  assert.equal(schedules, (OPS.length * 2) ** 5);
});

test("in random orders by many actors, only the last read write is replaced", () => {
  const step = fc.tuple(fc.constantFrom(...OPS), fc.nat(9));
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), runBeside));
});
