import { FakeClock } from "@lanekeeper/test/fake_clock";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "./pace.ts";

function create(gapMs = 100) {
  const clock = new FakeClock();
  const pace = new Pace({ clock, gapMs });
  const gone: string[] = [];
  const wait = (name: string) => pace.wait(() => void gone.push(`${name} ${clock.now()}`));
  return { clock, gone, wait };
}

test("FIFO: who waits goes in the order in which they came, one for each gap", () => {
  const { clock, gone, wait } = create();
  for (const name of ["a", "b", "c"]) wait(name);
  assert.deepEqual(gone, [], "nobody goes within the step in which they came");
  clock.advance(250);
  wait("a");
  clock.advance(1_000);
  assert.deepEqual(gone, ["a 0", "b 100", "c 200", "a 300"]);
  wait("d");
  clock.advance(0);
  assert.equal(gone.at(-1), "d 1250", "after a rest nobody waits");
  assert.equal(clock.pending, 0);
});

test("who was taken back does not go, costs the others no time, and leaves no timer behind", () => {
  const { clock, gone, wait } = create();
  const [first, second] = [wait("a"), wait("b"), wait("c")];
  second!();
  clock.advance(0);
  first!();
  clock.advance(100);
  assert.deepEqual(gone, ["a 0", "c 100"]);
  wait("d")();
  assert.equal(clock.pending, 0);
  clock.advance(1_000);
  assert.deepEqual(gone, ["a 0", "c 100"]);
});
