import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestTo } from "./nearest.ts";

test("nearestTo() finds what was meant behind one letter too many, too few, other or swapped", () => {
  const names = ["--runs", "--budget", "--strategy"];
  for (const slip of ["--rns", "--runss", "--ruks", "--rusn", "--RUNS"]) {
    assert.equal(nearestTo(slip, names), "--runs", slip);
  }
  assert.equal(nearestTo("--stratgey", names), "--strategy");
});

test("nearestTo() takes the nearest of several, and none that is far", () => {
  assert.equal(nearestTo("replay", ["reply", "replay"]), "replay");
  assert.equal(nearestTo("xyz", ["check", "replay", "explain"]), undefined);
  assert.equal(nearestTo("", ["check"]), undefined);
});
