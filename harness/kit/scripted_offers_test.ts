import assert from "node:assert/strict";
import { test } from "node:test";
import { Ledger } from "../ledger.ts";
import { ReadySteps } from "./ready_steps.ts";
import { ScriptedOffers, type SteerScript } from "./scripted_offers.ts";
import type { OpenRun } from "./scripted_runs.ts";

const RUN: OpenRun = {
  run: 1,
  session: "a",
  messages: ["m1"],
  reply: "",
  isAborted: false,
  isDeaf: false,
};

/** An offer of m2, what was written of it, and what has come of it. */
function offered(script: SteerScript, run: OpenRun | undefined = RUN, signal?: AbortSignal) {
  const ledger = new Ledger();
  const ready = new ReadySteps();
  const taken: string[] = [];
  const offers = new ScriptedOffers({
    ledger,
    ready,
    steerScriptOf: () => script,
    taken: (_run, message) => taken.push(message),
  });
  const answer = offers.offer(run, { session: "a", message: "m2", signal });
  const steps = () => {
    const list: { label: string; run(): void }[] = [];
    ready.addTo(list as never);
    return list;
  };
  const acts = () => ledger.records.map((record) => record.kind === "steer" ? record.act : "");
  return { offers, answer, taken, steps, acts };
}

test("a run takes what it is offered in a step of its own, and says so at once", async () => {
  const { answer, steps, taken, acts } = offered("takes");
  assert.deepEqual(steps().map(({ label }) => label), ["run 1 takes m2"]);
  steps()[0]!.run();
  assert.equal(await answer, true);
  assert.deepEqual([taken, acts()], [["m2"], ["offer", "take"]]);
});

test("one that takes it late says so in another step, also when it is over", async () => {
  const { offers, answer, steps, taken } = offered("late");
  steps()[0]!.run();
  assert.deepEqual(taken, ["m2"]);
  offers.close(RUN);
  assert.deepEqual(steps().map(({ label }) => label), ["run 1 says that it has m2"]);
  steps()[0]!.run();
  assert.equal(await answer, true);
});

test("one that refuses, or is over before, never has it", async () => {
  const refused = offered("refuses");
  refused.steps()[0]!.run();
  assert.equal(await refused.answer, false);
  const over = offered("takes");
  over.offers.close(RUN);
  assert.equal(await over.answer, false);
  assert.deepEqual([over.steps(), over.taken], [[], []]);
});

test("an aborted run, or an offer that was taken back: nothing is taken", async () => {
  const controller = new AbortController();
  const back = offered("takes", RUN, controller.signal);
  controller.abort();
  const all = [back, offered("takes", { ...RUN, isAborted: true })];
  for (const { answer, steps } of all) {
    assert.equal(await answer, false);
    assert.deepEqual(steps(), []);
  }
  const deaf = offered("takes", { ...RUN, isAborted: true, isDeaf: true });
  assert.equal(deaf.steps().length, 1, "a deaf one takes it all the same");
  deaf.steps()[0]!.run();
  assert.equal(await deaf.answer, true);
});

test("with no run there is nobody who could take it", async () => {
  const ledger = new Ledger();
  const offers = new ScriptedOffers({
    ledger,
    ready: new ReadySteps(),
    steerScriptOf: () => "takes",
    taken: () => assert.fail("nobody took it"),
  });
  const offer = { session: "a", message: "m2", signal: undefined };
  assert.equal(await offers.offer(undefined, offer), false);
  assert.equal(ledger.records.length, 2);
});
