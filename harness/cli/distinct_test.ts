import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../sim/random.ts";
import { DistinctCount, distinctMemory } from "./distinct.ts";

test("a distinct count counts each hash once, whoever adds it", () => {
  const memory = distinctMemory();
  const [one, other] = [new DistinctCount(memory), new DistinctCount(memory)];
  assert.equal(one.count, 0);
  for (const hash of [0, 1, 31, 32, 0x8000_0000, 0xffff_ffff, 1, 0]) one.add(hash);
  other.add(31);
  other.add(33);
  assert.equal(one.count, 7);
});

test("a distinct count of a million hashes is right to one percent", () => {
  const distinct = new DistinctCount(distinctMemory());
  const random = new Random(1);
  for (let at = 0; at < 1_000_000; at++) distinct.add(random.below(2 ** 32));
  assert.ok(Math.abs(distinct.count - 1_000_000) < 10_000, `${distinct.count}`);
});
