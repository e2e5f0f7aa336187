import assert from "node:assert/strict";
import { test } from "node:test";
import { Lines } from "./lines.ts";

const NEVER = new AbortController().signal;

test("FIFO: whoever took a place first goes first, however long that takes", async () => {
  const lines = new Lines();
  const order: string[] = [];
  const places = ["a", "b", "c"].map((name) => ({ name, place: lines.take("t") }));
  const walk = places.map(async ({ name, place }) => {
    await place.reach(NEVER);
    order.push(name);
  });
  assert.deepEqual(places.map(({ place }) => place.isReached), [true, false, false]);
  places[1]!.place.leave(); // it gave up before its turn
  places[0]!.place.leave();
  await Promise.all([walk[0], walk[2]]);
  assert.deepEqual(order, ["a", "c"]);
  places[2]!.place.leave();
  assert.equal(lines.size, 0);
});

test("NO_CROSS_SESSION_HOL: threads do not wait for each other, and an empty line costs nothing", () => {
  const lines = new Lines();
  const [one, other] = [lines.take("t"), lines.take("u")];
  assert.ok(one.isReached && other.isReached);
  one.leave();
  one.leave();
  assert.equal(lines.size, 1);
});

test("a second leave does not let somebody else go on", () => {
  const lines = new Lines();
  const [first, second, third] = [lines.take("t"), lines.take("t"), lines.take("t")];
  first.leave();
  first.leave();
  assert.deepEqual([second.isReached, third.isReached], [true, false]);
  second.leave();
  assert.equal(third.isReached, true);
});

test("who waits for a place may give up, with the reason of the signal", async () => {
  const lines = new Lines();
  lines.take("t");
  const controller = new AbortController();
  const reached = lines.take("t").reach(controller.signal);
  controller.abort(new Error("enough"));
  await assert.rejects(reached, /enough/);
  await assert.rejects(lines.take("t").reach(controller.signal), /enough/);
});
