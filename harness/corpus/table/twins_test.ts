import assert from "node:assert/strict";
import { test } from "node:test";
import { checkThenAct } from "../check_then_act.ts";
import { playTwin } from "./twins.ts";

const options = { schedules: 400, lengthMax: 2, seed: 1 };

test("playTwin() plays as many schedules as it was told, through lists and at random", async () => {
  const { exhaustive, random, flagged } = await playTwin(checkThenAct.twin, options);
  assert.equal(exhaustive + random, 400);
  assert.ok(exhaustive > 100 && exhaustive <= 203 && random > 100, `${exhaustive}, ${random}`);
  assert.deepEqual(flagged, []);
});

test("playTwin() tells of a host that is flagged", async () => {
  const { exhaustive, random, flagged } = await playTwin(checkThenAct.buggy, options);
  assert.equal(exhaustive + random, 400, "and goes on with it");
  assert.match(flagged[0] ?? "", /^SINGLE_TURN: run 2 .* began while run 1 /);
});
